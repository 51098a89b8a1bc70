"""What in a page leads outside of it: links and images of prose become text, and a scan finds whatever is left."""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

_IMAGE = re.compile(r"<(?:img|embed)\b[^>]*>")
_LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.DOTALL)
_MEDIA = re.compile(r"</?(?:video|audio)\b[^>]*>")
_ADDRESS = re.compile(r'\b(?:src|href)="([^"]*)"')
_ALT = re.compile(r'\balt="([^"]*)"')
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST = re.compile(r"[/\\]{2}")
_WEB = re.compile(r"(?:(?:https?|ftp):)?//", re.IGNORECASE)
_WEB_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_DRAWING = re.compile(r"data:image/(?:svg\+xml|png);base64,[A-Za-z0-9+/=]*")
_LOADING = {"script", "link", "iframe", "object", "embed", "base", "form", "frame", "video", "audio", "source"}
_ADDRESSED = {"src", "href", "srcset", "action", "formaction", "poster", "data", "background", "cite", "xlink:href"}


def leads_outside(address: str) -> bool:
    """Whether an address has a scheme or a host: only places of the same set and drawings within the page have none."""
    plain = "".join(c for c in unescape(address) if c > " ")  # as browsers read it
    return bool(_HOST.match(plain) or _SCHEME.match(plain)) and not _DRAWING.fullmatch(plain)


def without_outside(html: str) -> str:
    """The HTML of prose with every link and image that leads outside as its words and, of the web, its address."""
    return _LINK.sub(_link_as_text, _IMAGE.sub(_image_as_text, _MEDIA.sub("", html)))


def without_schemes(html: str) -> str:
    """The text without the schemes of the web, so that no viewer makes a link of it."""
    return _WEB_SCHEME.sub("", html)


def _image_as_text(image: re.Match[str]) -> str:
    words = _ALT.search(image[0])
    return _as_text(image[0], image[0], words[1] if words else "")


def _link_as_text(link: re.Match[str]) -> str:
    return _as_text(link[0], link[1], link[2])


def _as_text(whole: str, tag: str, words: str) -> str:
    found = _ADDRESS.search(tag)
    if not found or not leads_outside(found[1]):
        return whole
    address = unescape(found[1])
    shown = escape(_WEB.sub("", address, count=1)) if _WEB.match(address) else ""
    return words if not shown or _WEB.sub("", words, count=1) == shown else f"{words}（{shown}）"


class _Outside(HTMLParser):
    """Collects what a page loads, runs or leads to outside of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LOADING:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or (name == "style" and "url(" in (value or "").lower()):
                self.found.append(f"{name}={value}")
            elif name in _ADDRESSED and leads_outside(value or ""):
                self.found.append(value or "")
            elif tag == "meta" and name == "http-equiv":
                self.found.append(f"{name}={value}")


def outside_of(html: str) -> list[str]:
    """Every address, script or frame of a page that leads outside of its set, as written."""
    page = _Outside()
    page.feed(html)
    page.close()
    return page.found
