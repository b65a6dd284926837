"""Chromium without a window, driven through its DevTools pipe."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-pipe",
)

MOVE_PIPES = """
import os, sys
ends = [os.dup(os.dup(int(end))) for end in sys.argv[1:3]]
while min(ends) < 5:
    ends = [os.dup(end) for end in ends]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""  # the program reads its commands from 3 and answers on 4


def find():
    """Path of a Chromium on this machine, or None."""
    found = (shutil.which(program) for program in PROGRAMS)
    return next((path for path in found if path), None)


class Browser:
    """One page of a fresh Chromium; use it with `with`.

    Attributes:
      events: what the page reported so far, (method, params) each.
    """

    def __init__(self, program, *, deadline=120.0):
        """Start the program; all must be over within `deadline` seconds."""
        self.events, self._number, self._rest = [], 0, b""
        self._end = time.monotonic() + deadline
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        child_reads, self._out = os.pipe()
        self._in, child_writes = os.pipe()
        profile = f"--user-data-dir={self._folder.name}"
        command = [program, *FLAGS, profile, "about:blank"]
        ends = [str(child_reads), str(child_writes)]
        self._process = subprocess.Popen(
            [sys.executable, "-ISc", MOVE_PIPES, *ends, *command],
            pass_fds=(child_reads, child_writes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(child_reads)
        os.close(child_writes)
        self._session = None

    def __enter__(self):
        """Attach to the page."""
        try:
            self._attach()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _attach(self):
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        answer = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = answer["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __exit__(self, *_):
        """End the program and everything it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._out)
        os.close(self._in)
        self._folder.cleanup()

    def call(self, method, **params):
        """Send a command and return its result; events that come before are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                break
            if "method" in answer:
                self.events.append((answer["method"], answer["params"]))
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _receive(self):
        while b"\0" not in self._rest:
            left = self._end - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise TimeoutError("the browser did not answer in time")
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise RuntimeError("the browser ended unexpectedly")
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def evaluate(self, expression):
        """Value of a JavaScript expression; promises are awaited."""
        options = {"awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", expression=expression, **options)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"in the page: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def screen(self, *, width, height, dark):
        """Show the page on a screen of that size, in light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url):
        """Go to a page and wait until it and its pictures are there."""
        self.call("Page.navigate", url=url)
        loaded = "document.readyState === 'complete' && location.href !== 'about:blank'"
        while not self.evaluate(loaded):
            time.sleep(0.05)
