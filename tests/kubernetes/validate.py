"""Validates the manifests in standard input: by Kubernetes's published schemas, which kubernetes-validate brings, and by Strimzi's
CustomResourceDefinition. A member that no schema knows is an error, too.

    pip install kubernetes-validate
    kubectl kustomize kubernetes | python3 tests/kubernetes/validate.py 1.37
"""

import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

CRD = yaml.safe_load((Path(__file__).parent / "kafkaconnector-crd.yaml").read_text())


def closed(schema):
    """The same schema, which takes no members but its own: a server would drop them, or warn."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    choices = ("allOf", "anyOf", "oneOf")
    inside = {name: value if name in choices else closed(value) for name, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "properties" not in schema
    return inside if is_open or not isinstance(schema["properties"], dict) else {**inside, "additionalProperties": False}


def validate(manifest, version):
    group, _, served = manifest["apiVersion"].rpartition("/")
    if group != CRD["spec"]["group"]:
        kubernetes_validate.validate(manifest, version, strict=True)
        return
    assert manifest["kind"] == CRD["spec"]["names"]["kind"], f"no CustomResourceDefinition of {manifest['kind']} here"
    [schema] = [one["schema"]["openAPIV3Schema"] for one in CRD["spec"]["versions"] if one["name"] == served]
    jsonschema.Draft7Validator(closed(schema)).validate(manifest)


manifests = [one for one in yaml.safe_load_all(sys.stdin) if one is not None]
faults = 0
for manifest in manifests:
    name = f"{manifest.get('kind')} {manifest.get('metadata', {}).get('name')}"
    try:
        validate(manifest, sys.argv[1])
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError, kubernetes_validate.InvalidSchemaError, AssertionError) as error:
        faults += 1
        print(f"{name}: {getattr(error, 'message', error)}", file=sys.stderr)
print(f"{len(manifests)} manifests, {faults} with faults")
sys.exit(1 if faults or not manifests else 0)
