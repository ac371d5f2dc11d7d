"""A model that says what it was told to say: OpenAI's chat completions on loopback, and a record of what it was asked.

Point a client at `url` as its base URL.  Nothing here judges a request: a test looks at `requests` afterwards.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = str | Mapping[str, Any]


class ScriptedModel:
    """Gives its replies in order, one a request: a text, or a whole message (with `tool_calls`, say).

    `requests` holds the bodies it was sent.  Who asks once more than there are replies gets an error that says so, with a
    status that clients do not try again.
    """

    def __init__(self, replies: Sequence[Reply], *, input_tokens: int, output_tokens: int) -> None:
        self.requests: list[dict[str, Any]] = []
        self.url = ""
        self._replies = replies
        self._usage = {
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
        }
        self._lock = threading.Lock()

    def answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The completion for the next request; `None` when the script is at its end."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        if number > len(self._replies):
            return None
        reply = self._replies[number - 1]
        message = {"role": "assistant", "content": reply} if isinstance(reply, str) else {"role": "assistant", **reply}
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        return {
            "id": f"scripted-{number}",
            "object": "chat.completion",
            "created": 0,
            "model": request.get("model", "scripted"),
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": self._usage,
        }


@contextmanager
def serve_model(replies: Sequence[Reply], *, input_tokens: int = 100, output_tokens: int = 10) -> Iterator[ScriptedModel]:
    """A scripted model that listens on a free port of loopback until the block ends."""
    model = ScriptedModel(replies, input_tokens=input_tokens, output_tokens=output_tokens)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(model))
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    # Asked often whether to stop: the default of half a second is what closing it would take.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _make_handler(model: ScriptedModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            if not self.path.endswith("/chat/completions"):
                self._send(404, "application/json", _error(f"only chat completions are scripted, not {self.path}"))
                return
            completion = model.answer(request)
            if completion is None:
                self._send(400, "application/json", _error(f"the script has no reply for request {len(model.requests)}"))
            elif request.get("stream"):
                self._send(200, "text/event-stream", _stream(completion))
            else:
                self._send(200, "application/json", json.dumps(completion))

        def _send(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass  # it would land among the output of the tests

    return Handler


def _error(message: str) -> str:
    return json.dumps({"error": {"message": message, "type": "scripted"}})


def _stream(completion: Mapping[str, Any]) -> str:
    """The completion as server-sent events: the message in one piece, then why it ended, then what it cost."""
    [choice] = completion["choices"]
    calls = [{"index": index, **call} for index, call in enumerate(choice["message"].get("tool_calls", ()))]
    delta = choice["message"] | ({"tool_calls": calls} if calls else {})
    head = {name: completion[name] for name in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    chunks = (
        head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        head | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]},
        head | {"choices": [], "usage": completion["usage"]},
    )
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
