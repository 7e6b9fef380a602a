"""The crawler finds what it is made to find."""

from tests.tools.crawl import Answer, hidden_from, walk

PAGES = {
    "/": '<html><a href="/lots/?page=1">Lots</a><a href="#nowhere">skip</a><a href="/static/a.css">style</a></html>',
    "/lots/?page=1": "<html><a href='/lots/1/'></a><a href='/lots/2/'></a><a href='/lots/3/'></a>"
    "<div hx-get='/lots/9/'></div><form action='/find'><input></form><form method='post' action='/act'></form></html>",
    "/lots/1/": "<html>of L-0042-K <a href='/gone/'></a><a href='https://elsewhere.example/'></a></html>",
    "/lots/2/": "<html>of L-0042-KX</html>",
    "/find": "<html></html>",
}


def get(address: str) -> Answer:
    if address == "/find":
        return Answer(302, "text/html", "", "/lots/?page=1")
    return Answer(200, "text/html", PAGES[address]) if address in PAGES else Answer(404, "text/html", "")


def kind(path: str) -> str:
    return "" if path == "/gone/" else path.strip("/").split("/")[0] or "home"


def test_every_link_is_followed_and_what_is_wrong_is_named_with_its_page() -> None:
    found = walk("qa", get, kind, hidden=frozenset({"L-0042-K"}), most=3)
    assert sorted(found.faults) == [
        "/: nothing on the page is called #nowhere",
        "/gone/: no such address, linked from /lots/1/",
        "/lots/1/: leads out of the plant to https://elsewhere.example/",
        "/lots/1/: names L-0042-K of another sponsor",
        "/lots/3/: 404, linked from /lots/?page=1",
    ]
    assert found.kinds == {"home": "/", "lots": "/lots/?page=1"}
    assert found.asked == 6  # of the four lots three, which are of one kind


def test_what_is_hidden_from_a_sponsor_is_what_only_others_are_about() -> None:
    def entry(subject: str, sponsor: str | None, **data: str) -> dict[str, object]:
        return {"subject": subject, "sponsor": sponsor, "data": data}

    every = [
        entry("sponsor/ALPHA", "ALPHA", name="Alpha Pharma"), entry("user/b.one", "BETA", printed_name="Beth One"),
        entry("lot/L-0042-K", "BETA"), entry("unit/GR-1", "BETA"), entry("unit/GR-1", None), entry("run/12345", "BETA"),
    ]  # fmt: skip
    assert hidden_from("ALPHA", every) == {"b.one", "Beth One", "L-0042-K"}
