"""yunheng deadline, run as its users run it."""
import csv
import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))
from calendar_oracle import Oracle  # noqa: E402

BIN = pathlib.Path(os.environ.get("YH_BIN_DIR", ROOT / "build" / "src" / "cmd")) / "yunheng"
CALENDARS = ROOT / "policy" / "calendars"
SHARED = pathlib.Path(os.environ.get("YH_SHARED", ROOT.parent / "shared")) / "data" / "calendar"


def run(*args, stdin=None, policy=ROOT / "policy"):
    env = dict(os.environ, YUNHENG_POLICY=str(policy))
    return subprocess.run([str(BIN), *args], input=stdin, capture_output=True, env=env,
                          timeout=60)


def batch(lines, *options):
    """The lines' results and the exit status."""
    done = run("deadline", *options, "-", stdin="".join(f"{s}\n" for s in lines).encode())
    return done.stdout.decode().splitlines(), done.returncode


class Deadline(unittest.TestCase):
    def gives(self, expected, *args):
        done = run("deadline", *args)
        self.assertEqual((done.stdout.decode(), done.returncode), (expected + "\n", 0),
                         (args, done.stderr.decode()))

    def refuses(self, status, word, *args, policy=ROOT / "policy"):
        done = run("deadline", *args, policy=policy)
        self.assertEqual((done.stdout, done.returncode), (b"", status), args)
        self.assertIn(word, done.stderr.decode(), args)

    def agrees(self, rows):
        """Rows of (date, period, result or None for a year without a calendar)."""
        rows = list(rows)
        got, _ = batch(f"{day} {period}" for day, period, _ in rows)
        self.assertEqual(len(got), len(rows))
        for (day, period, due), line in zip(rows, got):
            expected = str(due) if due else "error calendar-unknown"
            self.assertEqual(line, expected, (str(day), period))

    def test_one_date_is_printed(self):
        self.gives("2025-02-07", "2025-01-24", "5wd")
        self.gives("2025-02-24", "2025-01-24", "1mo")
        self.gives("2025-10-09", "2025-09-01", "30d")

    def test_a_negative_period_is_no_option(self):
        self.gives("2026-03-10", "2026-03-31", "-15wd")
        self.gives("2026-03-10", "2026-03-31", "-15wd", "--provisional")
        self.gives("2026-03-10", "--", "2026-03-31", "-15wd")

    def test_rows_written_by_hand_agree(self):
        self.agrees([
            ("2022-05-06", "15wd", "2022-05-26"),
            ("2023-09-28", "2wd", "2023-10-08"),
            ("2024-02-09", "5wd", "2024-02-22"),
            ("2024-10-08", "-5wd", "2024-09-25"),
            ("2025-01-31", "1mo", "2025-02-28"),
            ("2024-01-31", "1mo", "2024-02-29"),
            ("2025-08-31", "6mo", "2026-02-28"),
            ("2025-12-31", "1wd", "2026-01-04"),
            ("2026-02-13", "1wd", "2026-02-14"),
            ("2026-02-14", "1wd", "2026-02-24"),
        ])

    # proves T1
    def test_every_row_of_the_second_reckoning_agrees(self):
        rows = list(Oracle(CALENDARS).rows())
        self.assertGreater(len(rows), 15000)
        self.agrees(rows)

    @unittest.skipUnless(SHARED.is_dir(), "the collected calendars are not here")
    def test_the_collected_examples_agree(self):
        with open(SHARED / "working-day-examples.csv", encoding="utf-8-sig") as f:
            rows = [(r["start"], r["n"] + "wd", r["nth_workday_after"]) for r in csv.DictReader(f)]
        self.assertGreater(len(rows), 100)
        self.agrees(rows)

    @unittest.skipUnless(SHARED.is_dir(), "the collected calendars are not here")
    def test_the_collected_days_agree(self):
        day = datetime.timedelta(days=1)
        with open(SHARED / "workday-by-day-2022-2026.csv", encoding="utf-8-sig") as f:
            known = list(csv.DictReader(f))
        rows = []
        for r in known:
            date = datetime.date.fromisoformat(r["date"])
            works = r["workday_holiday_cn"] == "1"
            if date.year > 2022 or date.timetuple().tm_yday > 1:
                rows.append((date - day, "1wd", date if works else None))
        got, _ = batch(f"{start} {period}" for start, period, _ in rows)
        for (start, _, due), line in zip(rows, got):
            if due:
                self.assertEqual(line, str(due))
            else:
                self.assertNotEqual(line, str(start + day))

    # proves T4
    def test_a_year_without_a_calendar_is_exit_status_2(self):
        self.refuses(2, "calendar-unknown", "2026-12-31", "1wd")
        self.refuses(2, "year=2027", "2026-11-23", "3mo")
        self.refuses(2, "year=2021", "2022-01-05", "-15wd")

    # proves T4
    def test_provisional_reckoning_says_so(self):
        self.gives("2027-02-23 provisional", "--provisional", "2026-11-23", "3mo")
        self.gives("2026-12-31", "--provisional", "2026-12-30", "1wd")

    def test_wrong_arguments_are_exit_status_2(self):
        for word, *args in (
            ("usage",),
            ("usage", "2026-01-05"),
            ("usage", "2026-01-05", "5wd", "more"),
            ("date-invalid", "-", "5wd"),
            ("--unknown", "--unknown", "2026-01-05", "5wd"),
            ("-x", "-x", "2026-01-05", "5wd"),
            ("--provisional", "--provisional", "--provisional", "2026-01-05", "5wd"),
            ("--provisional=1", "--provisional=1", "2026-01-05", "5wd"),
            ("--calendars", "2026-01-05", "5wd", "--calendars"),
            ("date-invalid", "2026-02-29", "5wd"),
            ("date-invalid", "2026-2-09", "5wd"),
            ("date-invalid", "", "5wd"),
            ("date-invalid", "-2026-01-05", "5wd"),
            ("period-invalid", "2026-01-05", ""),
            ("period-invalid", "2026-01-05", "5 wd"),
            ("period-invalid", "2026-01-05", "-5mo"),
            ("period-invalid", "2026-01-05", "99999999999999999999d"),
            ("period-hours", "2026-01-05", "48h"),
            ("day-out-of-range", "2199-12-31", "1mo", "--provisional"),
        ):
            self.refuses(2, word, *args)

    def test_a_broken_line_does_not_hold_up_the_others(self):
        got, status = batch(["2025-01-24 5wd", "", "x 5wd", "2025-01-24", "2025-01-24 5wd 1",
                             "1" * 5000 + " 5wd", "2025-01-24 5wd\0", "2027-01-01 1wd",
                             "  2025-01-24\t-1wd\r"])
        self.assertEqual(got, ["2025-02-07", "error line-invalid", "error date-invalid",
                               "error line-invalid", "error line-invalid", "error line-invalid",
                               "error line-invalid", "error calendar-unknown", "2025-01-23"])
        self.assertEqual(status, 2)
        self.assertEqual(batch([]), ([], 0))
        self.assertEqual(batch(["2025-01-24 5wd"]), (["2025-02-07"], 0))

    def test_calendars_come_from_the_folder_that_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            self.refuses(2, "calendar-unknown", "--calendars", folder, "2025-01-24", "5wd")
            (path / "README.txt").write_text("not a calendar")
            (path / "2031.yaml").write_text(
                "year: 2031\nsource: here\nrest: [2031-01-01]\nwork: [2031-01-04]\n")
            self.gives("2031-01-04", f"--calendars={folder}", "2031-01-03", "1wd")

    def test_a_broken_folder_is_exit_status_1(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            args = ("--calendars", folder, "2025-01-24", "5wd")
            self.refuses(1, "calendars-unreadable", *args[:1], folder + "/none", *args[2:])
            self.refuses(1, "calendars-unreadable", "2025-01-24", "5wd", policy=path)
            for name, text, word in (
                ("2031.yaml", "year: 2032\nsource: s\nrest: [2032-01-01]\nwork: []\n", "differ"),
                ("2031.yaml", "year: 2031\nsource: s\nrest: [2032-01-01]\nwork: []\n",
                 "2031.yaml:3"),
                ("2031.yaml", "year: 2031\nyear: 2031\n", "2031.yaml:2"),
                ("2031.yaml", "#" * 70000, "yaml-too-large"),
                ("31.yaml", "", "YYYY.yaml"),
                ("zzzz.yaml", "", "YYYY.yaml"),
            ):
                (path / name).write_text(text)
                self.refuses(1, word, *args)
                (path / name).unlink()
            (path / "2031.yaml").mkdir()
            self.refuses(1, "calendars-unreadable", *args)
            (path / "2031.yaml").rmdir()
            os.mkfifo(path / "2031.yaml")
            self.refuses(1, "calendars-unreadable", *args)


class Dispatch(unittest.TestCase):
    def test_help_is_in_two_languages_and_lists_the_commands(self):
        for args in (["--help"], ["-h"], ["help"]):
            done = run(*args)
            self.assertEqual(done.returncode, 0)
            self.assertIn("deadline", done.stdout.decode())
            self.assertIn("用法", done.stdout.decode())
        for args in (["deadline", "--help"], ["help", "deadline"]):
            done = run(*args)
            self.assertEqual(done.returncode, 0)
            self.assertIn("-15wd", done.stdout.decode())

    def test_help_goes_down_to_the_verbs_of_a_noun_and_to_what_a_verb_takes(self):
        for args, there in ((["help", "grant"], "grant create"), (["help", "grant", "create"], "--role"),
                            (["help", "backup"], "backup sets"), (["help", "meter", "import"], "--resume"),
                            (["backup", "sets", "--help"], "yunheng backup sets")):
            done = run(*args)
            self.assertEqual((done.returncode, done.stderr), (0, b""), args)
            self.assertIn(there, done.stdout.decode(), args)
        self.assertEqual(run("help", "grant", "nonsense").returncode, 2)

    def test_an_unknown_command_is_exit_status_2(self):
        for args in ([], ["nonsense"], ["help", "nonsense"], ["help", "a", "b"], ["version", "x"]):
            done = run(*args)
            self.assertEqual((done.returncode, done.stdout), (2, b""), args)
            self.assertIn("usage", done.stderr.decode())

    def test_the_version_is_one_line(self):
        self.assertRegex(run("--version").stdout.decode(), r"^yunheng \d+\.\d+\.\d+\n$")

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(BIN), "version"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
