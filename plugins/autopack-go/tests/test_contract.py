"""What every plugin must keep."""

import autopack_go

from autopack.testing import contract_for

FILES = {
    "go.work": "go 1.22\n\nuse (\n\t./api\n\t./lib\n)\n",
    "api/go.mod": "module example.com/api\n\ngo 1.22\n\nrequire rsc.io/quote v1.5.2\n",
    "api/api_test.go": 'package api\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n',
    "lib/go.mod": "module example.com/lib\n",
    "tools/go.mod": "modul\0e (\n",
}

TestContract = contract_for(autopack_go, files=FILES)
