"""Reads reports with other people's readers: JUnit's XML against Jenkins' schema, and a
comment as GitHub's Markdown. Usage: read.py junit SCHEMA FILE… | read.py markdown FILE…

Prints what is wrong and ends with 1, or prints how much it has read.
"""

import re
import sys
from html.parser import HTMLParser


def junit(schema, files):
    import xmlschema

    schema = xmlschema.XMLSchema(schema)
    for file in files:
        schema.validate(file)
        root = xmlschema.XMLResource(file).root
        suites = list(root)
        for name in ("tests", "failures", "errors"):
            total = sum(int(suite.get(name)) for suite in suites)
            assert total == int(root.get(name)), f"{file}: {name} do not add up"
        for suite in suites:
            cases = suite.findall("testcase")
            assert len(cases) == int(suite.get("tests")), f"{file}: {suite.get('name')}"
            names = [(case.get("classname"), case.get("name")) for case in cases]
            assert len(set(names)) == len(names), f"{file}: two cases are called alike: {names}"
            for name in ("failure", "error", "skipped"):
                found = sum(case.find(name) is not None for case in cases)
                key = name if name == "skipped" else name + "s"
                assert found == int(suite.get(key)), f"{file}: {name}"


class Page(HTMLParser):
    """What a browser would make of it."""

    # What Tollgate writes itself; nothing of it has an attribute that acts.
    TAGS = set("h3 h4 p strong code table thead tbody tr th td ul li br details summary span".split())

    def __init__(self, file):
        super().__init__(convert_charrefs=True)
        self.file, self.open, self.comments, self.folds = file, [], 0, 0

    def handle_starttag(self, tag, attrs):
        assert tag in self.TAGS, f"{self.file}: <{tag}>"
        assert all(name == "align" for name, _ in attrs), f"{self.file}: <{tag} {attrs}>"
        self.folds += tag == "details"
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"{self.file}: </{tag}> after {self.open}"

    def handle_comment(self, data):
        self.comments += 1
        assert self.comments == 1 and data.startswith(" tollgate: "), f"{self.file}: {data}"

    def handle_data(self, data):
        if "code" in self.open:
            return
        # GitHub looks for these in the text that Markdown leaves.
        for what in (r"(?<![\w/])@\w", r"#\d", r"(?i)\bgh-\d", r"(?i)https?://\w", r"(?i)www\.\w", r"\$.+\$"):
            # A dollar sign alone in its element is GitHub's own way to write one.
            assert not re.search(what, data), f"{self.file}: {what} in {data!r}"


def markdown(files):
    import cmarkgfm
    from cmarkgfm.cmark import Options

    for file in files:
        with open(file, encoding="utf-8", newline="") as text:
            text = text.read()
        page = Page(file)
        # Unsafe: with everything that GitHub's sanitiser would have to catch.
        page.feed(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))
        page.close()
        assert not page.open, f"{file}: not closed: {page.open}"
        assert page.comments == 1 and text.startswith("<!-- tollgate: "), f"{file}: no marker"
        assert page.folds > 0 or "Nor is there room for" in text, f"{file}: nothing is folded"
        assert len(text.encode()) <= 65536, file


try:
    if sys.argv[1] == "junit":
        junit(sys.argv[2], sys.argv[3:])
    else:
        markdown(sys.argv[2:])
except Exception as error:  # whatever a reader says
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)
