"""What every plugin must keep."""

import autopack_plan_structured

from autopack.testing import contract_for

PLANS = (
    '{"master": {"tasks": [{"id": 1, "title": "Add it", "details": "Change src/app.py", "dependencies": [2]}]}}\n',
    "tasks:\n  - title: Fix the number\n    files: [src/app.py]\n    verify: pytest -q\n",
    "Summary,Issue key,Status,Description\nFix it,AB-1,To Do,In `src/app.py`\n",
    '{"name": "sample", "version": "1.0.0", "scripts": {"test": "jest"}}\n',
)

TestContract = contract_for(autopack_plan_structured, plans=PLANS)
