"""Runs the SAM transform on a packaged template, as CloudFormation would, and says how many resources come out.

    python infra/lint/transform.py packaged.yaml transformed.json

The region comes from AWS_DEFAULT_REGION. Parameters have their defaults, traffic moves by canary.
"""

import json
import logging
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# What CloudFormation takes in one stack; a tenth of it is kept for what the next capability adds.
MOST = 500
RESERVE = 50


class NoManagedPolicies:
    """No function uses a policy by its AWS name, so none has to be fetched."""

    def load(self):
        return {}


def main(source, target):
    logging.disable(logging.WARNING)
    with open(source, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    parameters = {name: str(p["Default"]) for name, p in template["Parameters"].items() if "Default" in p}
    parameters["Rollout"] = "Canary10Percent5Minutes"
    result = transform(template, parameters, NoManagedPolicies())
    with open(target, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, default=str)
    count = len(result["Resources"])
    size = len(json.dumps(result, default=str))
    print(f"resources in the stack: {count} of {MOST}; template after the transform: {size} bytes")
    if count > MOST - RESERVE:
        sys.exit(f"a stack takes {MOST} resources: nest stacks before more is added")


main(*sys.argv[1:])
