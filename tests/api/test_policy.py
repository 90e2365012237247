"""yunheng policy, run as its users run it: on the packs of the tree and on broken copies."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("YH_BIN_DIR", ROOT / "build" / "src" / "cmd")) / "yunheng"
SHANGHAI = ROOT / "policy" / "shanghai-2022"


def run(*args):
    env = dict(os.environ, YUNHENG_POLICY=str(ROOT / "policy"))
    done = subprocess.run([str(BIN), "policy", *map(str, args)], capture_output=True, env=env,
                          timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Check(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        self.addCleanup(self.work.cleanup)
        self.pack = pathlib.Path(self.work.name) / "pack"
        shutil.copytree(SHANGHAI, self.pack)

    def change(self, name, old, new):
        """Replaces the first `old`; returns the line it stood on."""
        path = self.pack / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))
        return text[:text.index(old)].count("\n") + 1

    def faults(self):
        status, out, err = run("check", self.pack, "--lang", "en")
        self.assertEqual((status, out), (1, ""), err)
        return [line.removeprefix(f"{self.pack}/") for line in err.splitlines()]

    def test_every_pack_of_the_tree_is_whole(self):
        packs = sorted(p.parent for p in (ROOT / "policy").glob("*/pack.yaml"))
        self.assertIn(SHANGHAI, packs)
        for pack in packs:
            status, out, err = run("check", pack)
            self.assertEqual((status, err), (0, ""))
            self.assertIn(pack.name, out)

    def test_each_fault_has_its_file_line_slug_and_sentence(self):
        line = self.change("procedures/expansion.yaml", "resource.resize", "resource.rezise")
        [fault] = self.faults()
        self.assertTrue(fault.startswith(
            f"procedures/expansion.yaml:{line}: pack-word-unknown: "), fault)
        self.assertIn('nearest="resource.resize"', fault)
        self.assertNotIn("…", fault)

    def test_a_word_that_names_no_procedure_is_a_fault_with_the_nearest(self):
        line = self.change("procedures/revocation.yaml", "running: reclaim", "running: reclaims")
        [fault] = self.faults()
        self.assertTrue(fault.startswith(
            f"procedures/revocation.yaml:{line}: pack-procedure-unknown: "), fault)
        self.assertIn('nearest="reclaim"', fault)

    def test_all_faults_are_listed_at_once(self):
        lines = [
            "pack.yaml:%d" % self.change("pack.yaml", "valid_from: 2022-05-01",
                                         "valid_from: 2022-05-32"),
            "roles.yaml:%d" % self.change("roles.yaml", "admin: true", "administrator: true"),
            "parameters.yaml:%d" % self.change("parameters.yaml", "local: true, ", ""),
            "forms/quota.json:%d" % self.change("forms/quota.json", '"minItems"', '"minimumItems"'),
            "procedures/quota.yaml:%d" % self.change("procedures/quota.yaml", "within: $",
                                                     "within: $no."),
        ]
        places = [":".join(fault.split(":")[:2]) for fault in self.faults()]
        for line in lines:
            self.assertIn(line, places)
        self.assertEqual(len(places), len(lines), places)

    def test_a_clock_without_an_article_refuses_the_pack(self):
        self.change("procedures/quota.yaml", "within: $quota.review", "within: 10wd")
        [fault] = self.faults()
        self.assertIn("pack-clock-lawless", fault)

    def test_an_unreadable_or_empty_folder_is_told_apart_from_a_wrong_command(self):
        status, out, err = run("check", self.pack / "absent")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("folder-unreadable", err)
        for path in self.pack.rglob("*.*"):
            path.unlink()
        self.assertEqual(sum("pack-file-missing" in fault for fault in self.faults()), 5)
        for args in ((), ("check",), ("check", self.pack, "more"), ("chek", self.pack),
                     ("check", self.pack, "--lang", "fr"), ("check", self.pack, "--format", "json"),
                     ("explain", "20", "--format", "xml"), ("explain", "20", "--lang", "zh",
                                                            "--lang", "en")):
            status, out, err = run(*args)
            self.assertEqual((status, out), (2, ""), args)
            self.assertIn("usage", err)

    def test_bytes_of_any_kind_are_faults_and_no_crash(self):
        for junk in (b"", b"\x00", b"\xff\xfe", b"a: " * 5000, b"[" * 5000, b"{" * 9,
                     "roles: 云".encode()[:-1], b"a: &x [*x]"):
            for name in ("pack.yaml", "roles.yaml", "procedures/quota.yaml", "forms/quota.json"):
                path = self.pack / name
                good = path.read_bytes()
                path.write_bytes(junk)
                self.assertIn(name, "".join(self.faults()))
                path.write_bytes(good)
        self.assertEqual(run("check", self.pack)[0], 0)


class Explain(unittest.TestCase):
    def explain(self, *args):
        status, out, err = run("explain", *args)
        self.assertEqual((status, err), (0, ""), args)
        return out

    def test_an_article_tells_its_figures_and_what_they_govern(self):
        text = self.explain("20", "--lang", "en")
        self.assertIn("5 working days (law, Art. 20, expansion.review)", text)
        self.assertIn("(local policy, econ.review)", text)
        self.assertIn("unit_total.exceeds percent=120", text)
        self.assertIn("resource.resize", text)
        self.assertNotIn("{", text)
        self.assertIn("地方政策", self.explain("20"))

    def test_json_says_the_same_and_names_law_and_local(self):
        data = json.loads(self.explain("20", "--format", "json", "--lang", "en"))
        figures = {p["parameter"]: (p["value"], p["source"]) for p in data["parameters"]}
        self.assertEqual(figures["expansion.review"], ("5wd", "law"))
        [expansion] = [p for p in data["procedures"] if p["procedure"] == "expansion"]
        steps = {s["step"]: s for s in expansion["steps"]}
        self.assertEqual(steps["econ_review"]["clock"]["source"], "local")
        self.assertEqual(steps["review"]["clock"]["article"], "20")
        self.assertNotIn("backup", steps)  # Art. 26

    def test_every_subject_of_the_pack_can_be_explained(self):
        subjects = [line.split(":")[0].strip(' "') for name in ("articles", "parameters")
                    for line in (SHANGHAI / f"{name}.yaml").read_text().splitlines()[1:]]
        for lang in ("zh", "en"):
            told = [json.loads(line) for line in self.explain(
                *subjects, "--lang", lang, "--format", "json").splitlines()]
            self.assertEqual(len(told), len(subjects))
            self.assertNotIn({}, told)
            self.assertGreater(self.explain(*subjects, "--lang", lang).count("\n\n"), len(subjects) - 2)
        procedures = [path.stem for path in sorted((SHANGHAI / "procedures").glob("*.yaml"))]
        text = self.explain(*procedures)
        for name in procedures:
            self.assertIn(name, text)
        flows = self.explain(*procedures, "--format", "flow").split("\n\n")
        self.assertEqual([flow.split("\n")[0] for flow in flows], ["flowchart TD"] * len(procedures))

    def test_several_subjects_are_explained_as_each_is_by_itself(self):
        self.assertEqual(self.explain("20", "21"), self.explain("20") + "\n" + self.explain("21"))
        status, _, err = run("explain", "20", "999")
        self.assertEqual((status, "policy-subject-unknown" in err), (1, True))

    def test_a_pack_is_named_or_given_as_a_folder(self):
        self.assertEqual(self.explain("20", "--pack", "shanghai-2022"),
                         self.explain("20", "--pack", SHANGHAI))

    def test_an_unknown_subject_is_named(self):
        status, out, err = run("explain", "999")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("policy-subject-unknown", err)
        self.assertIn("999", err)


if __name__ == "__main__":
    unittest.main()
