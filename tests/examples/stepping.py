"""What the drivers share. They run in the tools' environments, so this imports nothing but Python's own."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
Step = dict[str, Any]


def control(action: str, body: Step) -> Any:
    """Tell the simulator something, or ask it."""
    url = f"{os.environ['TIKTOK_ADS_API_URL']}/_simulator/{action}"
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def loaded(path: str) -> ModuleType:
    """A file of the examples as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, EXAMPLES / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def drive(do: Callable[[Step], Step]) -> None:
    """Do the steps of the first argument's file; write what came of each, with its calls, into the second."""
    answers = []
    for step in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        os.environ.update(step.get("env", {}))
        for action, body in step.get("tell", {}).items():
            control(action, body)
        control("counters", {"reset": True})
        answers.append({**do(step), "calls": control("counters", {})["calls"]})
    Path(sys.argv[2]).write_text(json.dumps(answers, default=str), encoding="utf-8")
