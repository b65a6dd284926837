"""The page: outcomes of systems to one HTML text, styles and script included."""

from __future__ import annotations

import dataclasses
import os
from html import escape
from pathlib import Path

from tour.media import Clip, Drawing, slug
from tour.records import Chapter, Outcome

HERE = Path(__file__).parent
ROOT = HERE.parent
NARROW = "(max-width: 40rem)"
DARK = "(prefers-color-scheme: dark)"


@dataclasses.dataclass(frozen=True)
class Entry:
    """A system's outcome with the files of its players and picture."""

    outcome: Outcome
    clips: list[Clip]
    drawing: Drawing | None

    @property
    def anchor(self):
        """Where the page has it."""
        return slug(self.outcome.system.name)


def build(parts, *, about, seconds, folder):
    """Write the page.

    Args:
      parts: [(chapter, [entry, ...]), ...] in the order of the lecture.
      about: a sentence on what is heard.
      seconds: how long everything took.
      folder: where the page will stand; links to the project are relative to it.

    Returns:
      The HTML text.
    """
    shown = [(chapter, entries) for chapter, entries in parts if entries]
    entries = [entry for _, group in shown for entry in group]
    failed = [entry for entry in entries if entry.outcome.error]
    body = "\n".join(_section(chapter, group, folder) for chapter, group in shown)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Every system of the project, rendered and measured.">
<title>dsplab: the tour</title>
<link rel="icon" href="data:,">
<style>
{(HERE / "style.css").read_text()}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the systems</a>
<div class="layout">
<header>
<h1>A tour of sound synthesis</h1>
<p class="lead">{len(entries)} systems, in the order of the lecture. Every sound,
picture and figure on this page was made by the code it links to, on this machine, in
this run.</p>
<p>{escape(about)} Before and after are brought to the same loudness.</p>
{_alarm(failed)}</header>
<div class="columns">
<nav aria-label="Contents">
<ol>
{"".join(_contents(chapter, group) for chapter, group in shown)}</ol>
</nav>
<main id="main">
{body}
</main>
</div>
<footer><p>{len(entries)} systems rendered and measured in {seconds:.0f} seconds.
Figures are of this run: a real-time factor of 10 means that ten seconds of sound take
one second, on one processor shared with whatever else the machine was
doing.</p></footer>
</div>
<script>
{(HERE / "script.js").read_text()}</script>
</body>
</html>
"""


def _alarm(failed):
    if not failed:
        return ""
    names = ", ".join(
        f'<a href="#{entry.anchor}">{escape(entry.outcome.system.name)}</a>'
        for entry in failed
    )
    return f'<p class="alarm" role="alert">Failed in this run: {names}.</p>\n'


def _title(chapter: Chapter):
    return f"{chapter.number}. {escape(chapter.title)}"


def _contents(chapter, entries):
    items = "".join(
        f"<li{' class=failed' if entry.outcome.error else ''}>"
        f'<a href="#{entry.anchor}">{escape(entry.outcome.system.name)}</a></li>\n'
        for entry in entries
    )
    anchor = slug(chapter.title)
    link = f'<a class="chapter" href="#{anchor}">{_title(chapter)}</a>'
    return f"<li>{link}\n<ul>\n{items}</ul></li>\n"


def _section(chapter, entries, folder):
    anchor = slug(chapter.title)
    return f"""<section id="{anchor}" aria-labelledby="{anchor}-title">
<p class="kicker">Chapter {chapter.number}</p>
<h2 id="{anchor}-title">{escape(chapter.title)}</h2>
<p class="about">{escape(chapter.text)}</p>
{"".join(_article(entry, folder) for entry in entries)}</section>"""


def _article(entry, folder):
    system, outcome = entry.outcome.system, entry.outcome
    shown = _failure(outcome.error) if outcome.error else _result(entry)
    links = "\n".join(
        f'<span>{kind} <a href="{escape(_relative(path, folder))}">'
        f"{escape(name)}</a></span>"
        for kind, path, name in (
            ("Source", system.source, system.source),
            ("Lesson", system.lesson, Path(system.lesson).name),
        )
    )
    return f"""<article id="{entry.anchor}" aria-labelledby="{entry.anchor}-name">
<h3 id="{entry.anchor}-name">{escape(system.name)}</h3>
<p>{escape(system.sentence)}</p>
{shown}
<footer>
{links}
<span class="seconds">made in {outcome.seconds:.1f} s</span>
</footer>
</article>
"""


def _relative(path, folder):
    return Path(os.path.relpath(ROOT / path, folder)).as_posix()


def _failure(error):
    last = error.strip().splitlines()[-1]
    return f"""<div class="failure" role="alert"><p><strong>This system failed:</strong>
{escape(last)}</p>
<details><summary>Where</summary>
<pre tabindex="0">{escape(error)}</pre></details></div>"""


def _result(entry):
    result = entry.outcome.result
    name = entry.outcome.system.name
    players = "".join(_player(name, clip) for clip in entry.clips)
    figures = "".join(_figure(figure) for figure in result.figures)
    note = f'<p class="note">{escape(result.note)}</p>\n' if result.note else ""
    return f"""{note}<div class="players">
{players}</div>
{_picture(entry.drawing)}
<dl>
{figures}</dl>"""


def _player(name, clip):
    label = escape(f"{name}: {clip.label}, {clip.seconds:.1f} seconds")
    return f"""<figure class="player"><figcaption>{escape(clip.label)}
<span class="seconds">{clip.seconds:.1f} s</span></figcaption>
<audio controls preload="metadata" aria-label="{label}" src="{clip.path}"></audio>
</figure>
"""


def _picture(drawing):
    def source(theme, narrow):
        path, width, height = drawing.files[theme, narrow]
        asked = [NARROW] * narrow + [DARK] * (theme == "dark")
        media = f'media="{" and ".join(asked)}" ' if asked else ""
        return f'<source {media}srcset="{path}" width="{width}" height="{height}">'

    sources = [source("dark", True), source("light", True), source("dark", False)]
    path, width, height = drawing.files["light", False]
    return (
        "<picture>"
        + "".join(sources)
        + f'<img src="{path}" width="{width}" height="{height}" '
        + f'alt="{escape(drawing.alt)}"></picture>'
    )


def _figure(figure):
    unit = f" <small>{escape(figure.unit)}</small>" if figure.unit else ""
    how = f'<dd class="how">{escape(figure.how)}</dd>' if figure.how else ""
    return (
        f"<div><dt>{escape(figure.label)}</dt>"
        f"<dd>{escape(figure.value)}{unit}</dd>{how}</div>\n"
    )
