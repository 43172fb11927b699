# SPDX-License-Identifier: MIT
"""Checks a document against a JSON Schema: with python3-jsonschema where it is installed, and else
with what our own schemas need of it."""
import re

TYPES = {"object": dict, "array": list, "string": str, "integer": int,
         "boolean": bool}


def _own(document, schema, root, where="$"):
    """Complaints of a small checker: type, const, pattern, minimum, required, properties,
    patternProperties, additionalProperties, items, anyOf, $ref."""
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].lstrip("#/").split("/"):
            target = target[step]
        return _own(document, target, root, where)
    if "anyOf" in schema:
        found = [_own(document, one, root, where) for one in schema["anyOf"]]
        return [] if [] in found else found[0]
    kind = schema.get("type")
    if kind and (not isinstance(document, TYPES[kind])
                 or isinstance(document, bool) != (kind == "boolean")):
        return [f"{where}: no {kind}"]
    wrong = []
    if "const" in schema and document != schema["const"]:
        wrong.append(f"{where}: not {schema['const']!r}")
    if "minimum" in schema and document < schema["minimum"]:
        wrong.append(f"{where}: less than {schema['minimum']}")
    if "pattern" in schema and not re.search(schema["pattern"], document):
        wrong.append(f"{where}: {document!r} is not {schema['pattern']}")
    if kind == "array":
        for index, one in enumerate(document):
            wrong += _own(one, schema.get("items", {}), root, f"{where}[{index}]")
    if kind == "object":
        wrong += _members(document, schema, root, where)
    return wrong


def _members(document, schema, root, where):
    wrong = [f"{where}: {name} is missing" for name in schema.get("required", [])
             if name not in document]
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, value in document.items():
        if name in known:
            wrong += _own(value, known[name], root, f"{where}.{name}")
        elif others is False:
            wrong.append(f"{where}: {name} is not known")
        elif others is not True:
            wrong += _own(value, others, root, f"{where}.{name}")
    return wrong


def checker(schema):
    """A function from a document to complaints."""
    try:
        import jsonschema
    except ImportError:
        return lambda document: _own(document, schema, schema)
    validator = jsonschema.Draft7Validator(schema)

    def check(document):
        theirs = [error.message for error in validator.iter_errors(document)]
        assert bool(theirs) == bool(_own(document, schema, schema)), "our own checker disagrees"
        return theirs
    return check
