"""What every plugin must keep."""

import autopack_plan_payload

from autopack.testing import contract_for

PLANS = (
    "Write it down:\n\n```python src/new.py\nx = 1\n```\n\nThen\n\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n",
    "*** Begin Patch\n*** Update File: src/app.py\n@@\n-    return number * 2\n+    return int(number) * 2\n*** End Patch\n",
    "```python\n# ../outside.py\nx = 1\n```\n\n```\n# src/app.py\n```\n",
)

TestContract = contract_for(autopack_plan_payload, plans=PLANS)
