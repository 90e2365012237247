"""Checks that an OpenAPI 3.1 document holds together. Usage: openapi_check.py FILE"""
import json
import re
import sys

METHODS = {"get", "put", "post", "delete", "patch"}
NAME = re.compile(r"^[A-Za-z0-9._-]+$")


def resolve(document, ref):
    """What a local reference points at, or None."""
    if not isinstance(ref, str) or not ref.startswith("#/"):
        return None
    at = document
    for token in ref[2:].split("/"):
        token = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(at, dict) or token not in at:
            return None
        at = at[token]
    return at


def references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def check_parameters(document, path, op, where):
    seen = set()
    for parameter in op.get("parameters", []):
        parameter = resolve(document, parameter["$ref"]) if "$ref" in parameter else parameter
        if parameter is None:
            continue  # reported as a dangling reference
        key = (parameter.get("in"), parameter.get("name"))
        if key in seen:
            yield f"{where}: parameter {key} stands twice"
        seen.add(key)
        if key[0] not in ("path", "query", "header", "cookie") or "schema" not in parameter:
            yield f"{where}: parameter {key} is incomplete"
        if key[0] == "path" and parameter.get("required") is not True:
            yield f"{where}: path parameter {key[1]} is not required"
    named = re.findall(r"\{([^}]*)\}", path)
    declared = [name for place, name in seen if place == "path"]
    if sorted(named) != sorted(declared):
        yield f"{where}: path says {named}, declared are {declared}"


def check_responses(document, op, where):
    responses = op.get("responses", {})
    if not any(code.startswith("2") for code in responses):
        yield f"{where}: no success is described"
    problems = 0
    for code, response in responses.items():
        if not re.match(r"^([1-5](XX|\d\d)|default)$", code):
            yield f"{where}: odd response {code}"
        response = resolve(document, response["$ref"]) if "$ref" in response else response
        if response is None:
            continue
        if not response.get("description"):
            yield f"{where}: response {code} says nothing"
        problems += code[0] == "4" and "application/problem+json" in response.get("content", {})
    if problems == 0:
        yield f"{where}: no 4xx problem is described"


def check_schema(schema, where):
    """That what is required is declared, throughout."""
    if isinstance(schema, list):
        for inner in schema:
            yield from check_schema(inner, where)
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("required"), list):
        for name in schema["required"]:
            if name not in schema.get("properties", {}):
                yield f"{where}: {name} is required and not declared"
    for inner in schema.values():
        yield from check_schema(inner, where)


def check_operation(document, path, method, op, names):
    where = f"{method.upper()} {path}"
    name = op.get("operationId")
    if not name or name in names:
        yield f"{where}: operationId {name} is missing or not unique"
    names.add(name)
    if not op.get("summary") or not op.get("x-summary-zh"):
        yield f"{where}: a summary is missing"
    if method == "get" and "requestBody" in op:
        yield f"{where}: GET has a body"
    for requirement in op.get("security", []):
        for scheme in requirement:
            if scheme not in document.get("components", {}).get("securitySchemes", {}):
                yield f"{where}: unknown security scheme {scheme}"
    schema = (op.get("requestBody", {}).get("content", {}).get("application/json", {})
              .get("schema", {}))
    for key in schema.get("required", []):
        if key not in schema.get("properties", {}):
            yield f"{where}: required field {key} is not declared"
    yield from check_parameters(document, path, op, where)
    yield from check_responses(document, op, where)


def faults(document):
    """A list of sentences, empty when all is well."""
    out, names = [], set()
    if not str(document.get("openapi", "")).startswith("3.1."):
        out.append("not OpenAPI 3.1")
    if not document.get("info", {}).get("title") or not document["info"].get("version"):
        out.append("info is incomplete")
    for path, item in document.get("paths", {}).items():
        if not path.startswith("/"):
            out.append(f"path {path} does not begin with a slash")
        for method, op in item.items():
            if method not in METHODS:
                out.append(f"{path}: odd key {method}")
            else:
                out.extend(check_operation(document, path, method, op, names))
    for kind, things in document.get("components", {}).items():
        out.extend(f"odd name {name} in {kind}" for name in things if not NAME.match(name))
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        out.extend(check_schema(schema, name))
    out.extend(f"dangling reference {ref}" for ref in references(document)
               if resolve(document, ref) is None)
    return out


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as f:
        found = faults(json.load(f))
    print("\n".join(found))
    sys.exit(1 if found else 0)
