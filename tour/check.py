"""python -m tour.check PAGE: open the page in a browser and list what is wrong with it.

Read from the text: no external address, every link has its target, every picture an alt
text, every player a label. Seen in headless Chromium, on wide and narrow screens, light
and dark: nothing fails to load, no script error, every picture has pixels, every player
a finite duration and really plays, and nothing sticks out sideways.
"""

from __future__ import annotations

import argparse
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tour import browser

SCREENS = ((1280, 900), (390, 800))  # width, height
PLAYERS = """(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const report = [], list = document.querySelectorAll("audio");
  const until = async (done) => {
    for (let n = 0; n < 200 && !done(); n++) await wait(25);
  };
  for (const audio of list) {
    await until(() => audio.error || audio.readyState > 0);
    let problem = audio.error ? audio.error.message || "cannot be decoded" : "";
    if (!problem) {
      audio.muted = true;
      await audio.play().catch((error) => { problem = String(error); });
      await until(() => problem || audio.currentTime > 0);
      if (!problem && audio.currentTime === 0) problem = "does not play";
      audio.pause();
    }
    const name = audio.getAttribute("src"), duration = String(audio.duration);
    report.push({name, duration, problem});
  }
  return report;
})()"""
PICTURES = """(async () => {
  const images = [...document.images];
  await Promise.all(images.map((image) => image.decode().catch(() => 0)));
  return images.map((image) => [image.currentSrc || image.src, image.naturalWidth]);
})()"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class _Page(HTMLParser):
    """Collects what the text of a page refers to."""

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.files, self.problems = [], [], [], []
        self.n_players = self.n_pictures = 0

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif "href" in given:
            self.files.append(given["href"])
        if "src" in given:
            self.files.append(given["src"])
        for part in given.get("srcset", "").split(","):
            self.files += part.split()[:1]
        if tag == "img":
            self.n_pictures += 1
            if not (given.get("alt") or "").strip():
                self.problems.append(f"picture {given.get('src')} has no alt text")
        if tag == "audio":
            self.n_players += 1
            if not (given.get("aria-label") or "").strip():
                self.problems.append(f"player {given.get('src')} has no label")


def read(path):
    """Problems in the text of the page, and its numbers of players and pictures."""
    text = Path(path).read_text()
    page = _Page()
    page.feed(text)
    problems = list(page.problems)
    for name in {name for name in page.ids if page.ids.count(name) > 1}:
        problems.append(f"the id '{name}' is there more than once")
    styles = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text)
    addresses = page.links + page.files + [a or b for a, b in styles]
    for address in sorted(set(addresses)):
        problems += _wrong(address, Path(path).parent, page.ids)
    return problems, page.n_players, page.n_pictures


def _wrong(address, folder, ids):
    parts = urlsplit(address)
    if parts.scheme == "data":
        return []
    if parts.scheme or parts.netloc or address.startswith("/"):
        return [f"'{address}' is not relative to the page"]
    if parts.path and not (folder / unquote(parts.path)).exists():
        return [f"'{address}' does not exist"]
    if not parts.path and parts.fragment not in ids:
        return [f"'{address}' leads nowhere on the page"]
    return []


def look(path, program):
    """Problems that show when a browser opens the page."""
    problems = []
    with browser.Browser(program, deadline=240.0) as chromium:
        for width, height in SCREENS:
            for dark in (False, True):
                where = f"{width} pixels wide, {'dark' if dark else 'light'}"
                chromium.screen(width=width, height=height, dark=dark)
                chromium.open(Path(path).resolve().as_uri())
                for name, pixels in chromium.evaluate(PICTURES):
                    if not pixels:
                        problems.append(f"picture '{name}' has no pixels ({where})")
                if chromium.evaluate(OVERFLOW) > 0:
                    problems.append(f"something sticks out sideways ({where})")
        for player in chromium.evaluate(PLAYERS):
            if not re.fullmatch(r"\d+(\.\d+)?", player["duration"]) or not float(
                player["duration"]
            ):
                text = f"has duration {player['duration']}"
                problems.append(f"player '{player['name']}' {text}")
            if player["problem"]:
                problems.append(f"player '{player['name']}': {player['problem']}")
        problems += _reported(chromium.events)
    return problems


def _reported(events):
    """Failed or external requests and script errors among the events of a browser."""
    problems, address = [], {}
    for method, event in events:
        if method == "Network.requestWillBeSent":
            url = address[event["requestId"]] = event["request"]["url"]
            if urlsplit(url).scheme not in ("file", "data", "about"):
                problems.append(f"asks for '{url}'")
        elif method == "Network.loadingFailed" and not event.get("canceled"):
            url = address.get(event["requestId"], "?")
            problems.append(f"'{url}' failed to load: {event['errorText']}")
        elif method == "Runtime.exceptionThrown":
            problems.append(f"script error: {event['exceptionDetails']['text']}")
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            problems.append(f"browser reports: {event['entry']['text']}")
        elif method == "Runtime.consoleAPICalled" and event["type"] == "error":
            problems.append(f"console error: {event['args']}")
    return list(dict.fromkeys(problems))


def main(arguments=None):
    """Print what is wrong; 0 if nothing is, 1 if something is, 2 without a page."""
    parser = argparse.ArgumentParser(
        prog="python -m tour.check", description=__doc__.splitlines()[0]
    )
    parser.add_argument("page", type=Path, nargs="?", default=Path("tour/index.html"))
    path = parser.parse_args(arguments).page
    if not path.is_file():
        print(
            f"tour.check: there is no page '{path}'; make tour makes it",
            file=sys.stderr,
        )
        return 2
    problems, n_players, n_pictures = read(path)
    program = browser.find()
    if program is not None:
        problems += look(path, program)
    for problem in problems:
        print(problem)
    seen = "opened in Chromium" if program else "not opened: no Chromium found here"
    count = f"{len(problems)} problems" if problems else "nothing wrong"
    print(f"{path}: {n_players} players, {n_pictures} pictures, {seen}: {count}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
