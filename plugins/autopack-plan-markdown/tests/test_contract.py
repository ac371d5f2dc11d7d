"""What every plugin must keep."""

import autopack_plan_markdown

from autopack.testing import contract_for

PLANS = (
    "---\ntitle: Numbers\n---\n\n## Goal\n\nBe right.\n\n## Tasks\n\n- [ ] T001 [P] Add `src/a.py`\n"
    "- [ ] T002 Test it (depends on T001)\n",
    "| step | file |\n|---|---|\n| 1. Add it | `src/app.py` |\n\n$ make test\n\nFiles:\n- src/app.py (modify)\n",
)

TestContract = contract_for(autopack_plan_markdown, plans=PLANS)
