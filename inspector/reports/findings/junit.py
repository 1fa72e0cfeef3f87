"""For test reports: JUnit's XML, as Jenkins, GitLab and others read it.

A suite is a file, a case one exchange in it; a case fails where a finding makes the run fail.
"""

from itertools import groupby
from typing import Final
from xml.etree import ElementTree

from inspector.diagnostics import Finding
from inspector.reports.results import Report, Result, Run
from inspector.text.sanitise import sanitise


def junit(results: list[Result], run: Run) -> str:
    """One document with every exchange, and every file that could not be read."""
    suites = ElementTree.Element("testsuites", name="inspector check")
    for file, group in groupby(results, lambda result: result.file):
        _suite(suites, file, list(group), run)
    for file, why in run.unreadable.items():
        suite = ElementTree.SubElement(suites, "testsuite", name=_xml(file), tests="1", failures="0", errors="1")
        case = ElementTree.SubElement(suite, "testcase", name="can be read", classname=_xml(file))
        ElementTree.SubElement(case, "error", message=_xml(why), type="unreadable")
    for count in ("tests", "failures", "errors"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _suite(suites: ElementTree.Element, file: str, results: list[Result], run: Run) -> None:
    suite = ElementTree.SubElement(suites, "testsuite", name=_xml(file), tests=str(len(results)), errors="0")
    failures = 0
    for result in results:
        what = "stream" if result.streams else "exchange"
        name = f"{what} {result.exchange}" if result.exchange else what
        case = ElementTree.SubElement(suite, "testcase", name=name, classname=_xml(file))
        bad = [finding for finding in result.findings if finding.severity in run.fails]
        if bad:
            failures += 1
            codes = " ".join(dict.fromkeys(finding.code for finding in bad))
            first = f"{bad[0].code} {bad[0].name}: {bad[0].message}"
            failure = ElementTree.SubElement(case, "failure", message=_xml(first), type=codes)
            failure.text = "\n".join(map(_line, bad))
        others = [_line(finding) for finding in result.findings if finding.severity not in run.fails]
        others += [f"{code}: {text}" for code, text in result.left_out_texts()]
        others += [f"not checked: {_xml(note)}" for note in result.notes]
        if others:
            ElementTree.SubElement(case, "system-out").text = "\n".join(others)
    suite.set("failures", str(failures))


def _line(finding: Finding) -> str:
    at = f" (event {finding.event})" if finding.event else ""
    return _xml(f"{finding.severity} {finding.code} {finding.name}{at}: {finding.message}. Fix: {finding.fix}")


def _xml(text: str) -> str:
    """The text without what XML cannot hold."""
    return sanitise(text).encode("utf-8", "replace").decode()


REPORT: Final = Report(junit)
