"""The scripted model: it says its lines in order, in one piece or as a stream, and keeps what it was asked."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest


def post(url: str, body: dict[str, Any]) -> tuple[int, str]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    # Whatever proxy the caller has is none of loopback's business.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_says_its_lines_in_order_and_then_that_there_are_no_more(scripted_model):
    model = scripted_model("one", "two", input_tokens=7, output_tokens=3)
    url = f"{model.url}/chat/completions"

    replies = [post(url, {"model": "m", "n": number}) for number in (1, 2, 3)]

    first = json.loads(replies[0][1])
    assert first["choices"][0] == {"index": 0, "message": {"role": "assistant", "content": "one"}, "finish_reason": "stop"}
    assert first["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    assert json.loads(replies[1][1])["choices"][0]["message"]["content"] == "two"
    assert (replies[2][0], "no reply for request 3" in replies[2][1]) == (400, True)
    assert [request["n"] for request in model.requests] == [1, 2, 3]


def test_it_streams_a_whole_message_with_its_tool_calls(scripted_model):
    call = {"id": "c1", "type": "function", "function": {"name": "write", "arguments": "{}"}}
    model = scripted_model({"content": None, "tool_calls": [call]})

    status, text = post(f"{model.url}/chat/completions", {"model": "m", "stream": True})

    events = text.strip().split("\n\n")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    assert (status, events[-1]) == (200, "data: [DONE]")
    assert chunks[0]["choices"][0]["delta"]["tool_calls"] == [{"index": 0, **call}]
    assert chunks[1]["choices"][0]["finish_reason"] == "tool_calls"
    assert chunks[2]["usage"]["total_tokens"] == 110


@pytest.mark.parametrize("path", ["/responses", "/models"])
def test_it_answers_nothing_else(scripted_model, path):
    model = scripted_model("one")
    assert post(f"{model.url}{path}", {})[0] == 404
    assert model.requests == []
