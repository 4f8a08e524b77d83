# Generated from tests/_async/tools/test_web_tools.py by `nox -s codegen`. Do not edit.
"""The tools that look things up on the web, against a server on this machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twofold import (
    AgentToolExecutionError,
    ApiWebSearchTool,
    ConfigurationError,
    DuckDuckGoSearchTool,
    GoogleSearchTool,
    Tool,
    VisitWebpageTool,
    WebAddressRefused,
    WebClient,
    WebRequestError,
    WebSearchTool,
    WikipediaSearchTool,
)
from twofold._sync.tools.calling import call_tool

LITE_PAGE = """
<html><body><table>
<tr><td>1.</td><td><a rel="nofollow" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&amp;rut=x" class='result-link'>First <b>result</b></a></td></tr>
<tr><td></td><td class='result-snippet'>What the <b>first</b> one says &amp; more</td></tr>
<tr><td></td><td><span class='link-text'>example.com/a</span></td></tr>
<tr><td>2.</td><td><a href="https://example.org/[b]" class='result-link'>Second [draft]</a></td></tr>
<tr><td></td><td class='result-snippet'>Says nothing</td></tr>
<tr><td>3.</td><td><a href="https://example.net/" class='result-link'></a></td></tr>
<tr><td>4.</td><td><a href="https://duckduckgo.com/y.js?ad=1" class='result-link'>Buy now</a></td></tr>
</table></body></html>
"""

RSS = """<?xml version="1.0" encoding="utf-8" ?><rss version="2.0"><channel><title>Bing: x</title>
<item><title>First result</title><link>https://example.com/a</link><description>What it says</description><pubDate>Sun, 01 Feb 2026</pubDate></item>
<item><title>Second</title><link>https://example.org/b</link><description>Says nothing</description></item>
</channel></rss>"""

ITEMS: list[dict[str, Any]] = [{"title": "First result", "date": "2026"}, {"title": "Second"}]


def replies(engine: str) -> str:
    link, snippet = {
        "searxng": ("url", "content"),
        "brave": ("url", "description"),
        "serper": ("link", "snippet"),
        "serpapi": ("link", "snippet"),
        "exa": ("url", "text"),
        "tavily": ("url", "content"),
    }[engine]
    items = [
        {**item, link: f"https://example.com/{n}", snippet: f"<b>Says</b> {n} &amp; more"}
        for n, item in enumerate(ITEMS)
    ]
    wrapped = {
        "brave": {"web": {"results": items}},
        "serper": {"organic": items},
        "serpapi": {"organic_results": items},
    }
    return json.dumps(wrapped.get(engine, {"results": items}))


def searching(web: Any, engine: str, **kwargs: Any) -> WebSearchTool:
    return WebSearchTool(engine=engine, endpoint=web.url("/search"), rate_limit=None, **kwargs)


# Pages


def test_a_page_is_read_as_markdown(web) -> None:
    web.page(
        "/",
        "<html><head><title>The &amp; title</title><style>a{}</style></head><body><h1>Heading</h1>"
        "<p>Some <b>bold</b> <a href='/x'>link</a><script>evil()</script></p><ul><li>one<li>two</ul></body>",
    )
    visit = VisitWebpageTool(client=WebClient(allow_private_addresses=True))
    text = visit(web.url())
    assert text.startswith("# The & title\n\n# Heading\n\nSome **bold** [link](/x)")
    assert "- one\n- two" in text
    assert "evil" not in text
    assert "a{}" not in text


def test_a_page_is_cut(web) -> None:
    web.page("/", "x" * 1000, "text/plain")
    client = WebClient(allow_private_addresses=True, max_bytes=500)
    assert VisitWebpageTool(10, client)(web.url()) == (
        "xxxxxxxxxx\n\n[The page goes on: this is its beginning, 10 characters.]"
    )
    text = VisitWebpageTool(client=client)(web.url())
    assert text == "x" * 500 + "\n\n[The page goes on: this is its beginning, 500 characters.]"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ('{"a": 1}', "application/json", '{\n "a": 1\n}'),
        ("{broken", "application/json", "{broken"),
        ("a,b\n1,2\n", "text/csv", "a,b\n1,2"),
        ("<p>hello</p>", None, "hello"),
        ("  just text", None, "just text"),
        ("", "text/html", ""),
        ("<div>" * 20_000 + "deep", "text/html", "deep"),
    ],
)
def test_other_texts_are_read_too(web, body: str, content_type: str | None, text: str) -> None:
    web.page("/", body, content_type)
    assert VisitWebpageTool(client=WebClient(allow_private_addresses=True))(web.url()) == text


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", None])
def test_what_is_no_text_is_refused(web, content_type: str | None) -> None:
    web.page("/", b"%PDF-1.7\0\0", content_type)
    with pytest.raises(WebRequestError, match="is not a page with text"):
        VisitWebpageTool(client=WebClient(allow_private_addresses=True))(web.url())


def test_a_model_is_told_why_a_page_cannot_be_read(web) -> None:
    visit = VisitWebpageTool(client=WebClient(allow_private_addresses=True))
    with pytest.raises(AgentToolExecutionError, match=r"answered 404 Not Found. There is no such page"):
        call_tool(visit, (web.url("/missing"),))
    with pytest.raises(WebAddressRefused):
        VisitWebpageTool()(web.url())


# Searching


def test_duckduckgo_needs_no_key(web) -> None:
    web.page("/search", LITE_PAGE)
    search = DuckDuckGoSearchTool(endpoint=web.url("/search"), rate_limit=None)
    assert search("a b") == (
        "## Search results\n\n"
        "[First result](https://example.com/a?b=1)\nWhat the first one says & more\n\n"
        "[Second (draft)](https://example.org/[b])\nSays nothing\n\n"
        "[https://example.net/](https://example.net/)"
    )
    assert web.asked[0].query == {"q": "a b"}
    assert search.name == "web_search"


def test_a_captcha_is_told(web) -> None:
    web.page(
        "/search",
        "<div class='anomaly-modal__title'>Unfortunately, bots use DuckDuckGo too.</div>",
        status=202,
    )
    with pytest.raises(WebRequestError, match="asks whether a human is searching"):
        searching(web, "duckduckgo")("x")


def test_bing_needs_no_key(web) -> None:
    web.page("/search", RSS, "text/xml; charset=utf-8")
    results = searching(web, "bing").search("x")
    assert [(result.title, result.url, result.date) for result in results] == [
        ("First result", "https://example.com/a", "Sun, 01 Feb 2026"),
        ("Second", "https://example.org/b", ""),
    ]
    assert web.asked[0].query["format"] == "rss"


@pytest.mark.parametrize("body", ["<!DOCTYPE x [<!ENTITY a 'b'>]><rss>&a;</rss>", "<html>no feed"])
def test_what_is_no_feed_is_told(web, body: str) -> None:
    web.page("/search", body, "text/xml")
    with pytest.raises(WebRequestError, match="Bing did not answer with a list"):
        searching(web, "bing")("x")


@pytest.mark.parametrize("engine", ["searxng", "brave", "serper", "serpapi", "exa", "tavily"])
def test_engines_with_an_api(web, engine: str) -> None:
    web.page("/search", replies(engine), "application/json")
    search = searching(web, engine, api_key="secret", max_results=1)
    (result,) = search.search("a b")
    assert (result.title, result.url, result.snippet) == (
        "First result",
        "https://example.com/0",
        "Says 0 & more",
    )
    (asked,) = web.asked
    words = asked.query.get("q") or asked.json.get("q") or asked.json.get("query")
    assert words == "a b"
    if engine != "searxng":
        assert "secret" in json.dumps([asked.headers, asked.query])
    assert "secret" not in repr(search)


def test_keys_come_from_the_environment(web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAVILY_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match=r"'tavily' needs a key: pass api_key, or .* TAVILY_API_KEY"):
        WebSearchTool(engine="tavily")
    monkeypatch.setenv("TAVILY_API_KEY", "from-environment")
    web.page("/search", replies("tavily"), "application/json")
    searching(web, "tavily")("x")
    assert web.asked[0].headers["authorization"] == "Bearer from-environment"


def test_a_key_is_in_no_message(web) -> None:
    web.page("/search", "no", status=500)
    with pytest.raises(WebRequestError) as caught:
        searching(web, "serpapi", api_key="secret")("x")
    assert "secret" not in str(caught.value)
    assert "500" in str(caught.value)


def test_replies_that_are_none_are_told(web) -> None:
    web.page("/search", "<html>busy</html>")
    with pytest.raises(WebRequestError, match="is not JSON"):
        searching(web, "brave", api_key="k")("x")
    web.page("/search", '{"web": null}', "application/json")
    assert searching(web, "brave", api_key="k")("x y") == "No results for 'x y'. Try fewer or other words."


def test_what_engines_need_is_said() -> None:
    with pytest.raises(
        ConfigurationError, match=r"no search engine 'altavista'. Known are: duckduckgo, bing"
    ):
        WebSearchTool(engine="altavista")
    with pytest.raises(ConfigurationError, match="needs an endpoint"):
        WebSearchTool(engine="searxng")
    with pytest.raises(ConfigurationError, match="max_results"):
        WebSearchTool(max_results=0)
    with pytest.raises(ConfigurationError, match="provider must be"):
        GoogleSearchTool("altavista")


@pytest.mark.parametrize("provider", ["serper", "serpapi"])
def test_google_knows_of_years(web, provider: str) -> None:
    web.page("/search", replies(provider), "application/json")
    search = GoogleSearchTool(provider, api_key="k", endpoint=web.url("/search"), rate_limit=None)
    text = call_tool(search, (), search.validate_arguments({"query": "x", "filter_year": 2024}))
    assert "[First result](https://example.com/0)\nDate: 2026\nSays 0 & more" in text
    search("x")
    first, second = ({**asked.query, **(asked.json if asked.body else {})} for asked in web.asked)
    assert first["tbs"] == "cdr:1,cd_min:01/01/2024,cd_max:12/31/2024"
    assert "tbs" not in second


def test_an_api_like_braves(web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "k1")
    web.page("/search", replies("brave"), "application/json")
    own = ApiWebSearchTool(web.url("/search"), api_key_name="MY_KEY", rate_limit=None)
    assert "[First result]" in own("x")
    assert web.asked[-1].headers["x-subscription-token"] == "k1"
    assert web.asked[-1].query == {"q": "x", "count": "10"}
    other = ApiWebSearchTool(web.url("/search"), headers={"X-Key": "k2"}, params={"n": 3}, rate_limit=None)
    other("y")
    assert web.asked[-1].headers["x-key"] == "k2"
    assert web.asked[-1].query == {"q": "y", "n": "3"}


# Wikipedia


def pages(*extracts: str) -> str:
    found = [
        {
            "index": n,
            "title": f"Article {n}",
            "extract": text,
            "fullurl": f"https://en.wikipedia.org/wiki/{n}",
        }
        for n, text in enumerate(extracts, 1)
    ]
    return json.dumps({"query": {"pages": found[::-1]}})


def test_wikipedia_gives_the_best_article(web) -> None:
    web.page("/api", pages("The best one.", "Another."), "application/json")
    wikipedia = WikipediaSearchTool(
        "tester (me@example.com)", content_type="summary", endpoint=web.url("/api")
    )
    assert wikipedia("Zuse") == (
        "# Article 1\n\nThe best one.\n\nSource: https://en.wikipedia.org/wiki/1\n\nOther articles: Article 2"
    )
    (asked,) = web.asked
    assert asked.headers["user-agent"] == "tester (me@example.com)"
    assert (asked.query["gsrsearch"], asked.query["exintro"], asked.query["explaintext"]) == (
        "Zuse",
        "1",
        "1",
    )


def test_wikipedia_gives_all_of_an_article_or_html(web) -> None:
    web.page("/api", pages("<p>All.</p>"), "application/json")
    wikipedia = WikipediaSearchTool(extract_format="HTML", endpoint=web.url("/api"))
    assert "<p>All.</p>" in wikipedia("x")
    assert not {"exintro", "explaintext"} & set(web.asked[0].query)


def test_wikipedia_finds_nothing_or_fails(web) -> None:
    wikipedia = WikipediaSearchTool(endpoint=web.url("/api"))
    web.page("/api", '{"batchcomplete": true}', "application/json")
    assert wikipedia("xyzzy") == "There is no article about 'xyzzy'. Try other words."
    web.page("/api", '{"error": {"code": "maxlag", "info": "Waiting for a database."}}', "application/json")
    with pytest.raises(WebRequestError, match="could not be searched: Waiting for a database"):
        wikipedia("x")
    web.page("/api", "<html>", "text/html")
    with pytest.raises(WebRequestError, match="is not JSON"):
        wikipedia("x")


def test_wikipedias_options_are_checked() -> None:
    assert WikipediaSearchTool(language="de").endpoint is None
    for wrong in ({"language": "evil.com/"}, {"content_type": "all"}, {"extract_format": "PDF"}):
        with pytest.raises(ConfigurationError, match=next(iter(wrong))):
            WikipediaSearchTool(**wrong)  # type: ignore[arg-type]


# Saving


@pytest.mark.parametrize(
    "tool",
    [
        WebSearchTool(3, "bing", rate_limit=None),
        WebSearchTool(engine="tavily", api_key="the-secret"),
        DuckDuckGoSearchTool(max_results=4, rate_limit=2.0),
        GoogleSearchTool("serper", api_key="the-secret"),
        ApiWebSearchTool("https://search.example/api", api_key="the-secret", api_key_name="MY_KEY"),
        VisitWebpageTool(77),
        WikipediaSearchTool("me", "de", "summary", "HTML"),
    ],
    ids=lambda tool: f"{type(tool).__name__}-{tool.name}",
)
def test_saved_tools_are_made_again_and_keys_are_not_written(
    tool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("TAVILY_API_KEY", "SERPER_API_KEY", "MY_KEY", "BRAVE_API_KEY"):
        monkeypatch.setenv(variable, "the-secret")
    data = tool.to_dict()
    assert "the-secret" not in str(data)
    again = Tool.from_dict(data)
    assert type(again) is type(tool) or type(again).__name__ == type(tool).__name__
    kept = (
        "max_results",
        "engine",
        "endpoint",
        "rate_limit",
        "provider",
        "max_output_length",
        "language",
        "content_type",
    )
    assert [getattr(again, name, None) for name in kept] == [getattr(tool, name, None) for name in kept]


def test_what_cannot_be_saved_is_not_lost_silently() -> None:
    for tool in (VisitWebpageTool(client=WebClient(timeout=1)), WebSearchTool(client=WebClient(timeout=1))):
        with pytest.raises(ConfigurationError, match="client="):
            tool.to_dict()
