"""What surefire or Gradle wrote into `TEST-*.xml` files, where these come back."""

from __future__ import annotations

import re

from autopack.model.toolchain import CommandResult, TestReport
from autopack_java.tally import Tally, tell_cause
from autopack_java.xml import parse_xml

_MOST_CHARS = 20_000_000
_NAME = re.compile(r"(?:.*/)?TEST-.+\.xml")


def read_junit_xml(result: CommandResult) -> TestReport | None:
    """The report in the result files; `None` without any.  Ids are class and method: `demo.CalcTest.adds`."""
    tally = Tally()
    found = False
    for name, text in result.files:
        suite = parse_xml(text, _MOST_CHARS) if _NAME.fullmatch(name) else None
        if suite is None or suite.tag not in ("testsuite", "testsuites"):
            continue
        found = True
        for case in suite.iter("testcase"):
            problem = next((child for child in case if child.tag in ("failure", "error")), None)
            one = ".".join(filter(None, (case.get("classname"), case.get("name"))))
            if problem is not None:
                # The text begins with the kind of exception, which the message leaves out.
                tally.add(one, "failed", tell_cause((problem.text or problem.get("message") or "").splitlines()[:4]))
            else:
                tally.add(one, "passed" if case.find("skipped") is None else "skipped")
    return tally.report("junit") if found else None
