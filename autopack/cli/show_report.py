"""A report on the terminal."""

from __future__ import annotations

import click

from autopack.cli.render import visible
from autopack.decide.approvals import describe_ask
from autopack.decide.render_report import explain_sandbox
from autopack.decide.verdict import describe_proof, name_outcome
from autopack.model.report import Report

_MARKS = {"committed": "✓", "failed": "✗", "blocked": "?", "waiting": "…", "skipped": "-", "pending": "·"}


def print_report(report: Report) -> None:
    """Containment, phases with what proved or stopped them, and the next commands."""
    network = f", network: {'; '.join(report.network)}" if report.network else ""
    _say(f"sandbox: {report.sandbox}{explain_sandbox(report.sandbox)}{network}")
    _say(f"{report.title}: {report.state}, on branch {report.branch} in {report.seconds:.1f} s, {report.tokens} tokens")
    for row in report.phases:
        proof = f"  proved by {describe_proof(row)}, commit {row.commit[:12]}" if row.commit else f"  {row.state}: {row.reason}"
        _say(f"{_MARKS.get(row.state, '·')} {row.title}{proof}")
        for check in row.checks:
            took = f"({check.result.seconds:.1f} s)"
            _say(f"    {name_outcome(check):12}{check.check.kind:5} {check.check.id}: {check.reason} {took}")
            for failure in check.failures[:5] if row.state != "committed" else ():
                _say(f"            {failure.line[:200]}")
        for finding in row.findings:
            _say(f"    {finding.severity}: {finding.message} [{finding.rule}]")
    for ask in report.approvals:
        line = f"line {ask.line}: " if ask.line else ""
        _say(f"needs approval: {line}{describe_ask(ask)}: {ask.reason} [{ask.rule}]")
    for warning in report.warnings:
        _say(f"warning: {warning}")
    if report.next_commands:
        click.echo()
        _say("next:")
        width = max(len(words) for words, _ in report.next_commands)
        for words, command in report.next_commands:
            _say(f"  {words.ljust(width)}  {command}")


def _say(text: str) -> None:
    # One line each: a file may be named like a whole report.
    click.echo(visible(text.lstrip("\n")).replace("\n", "\\n") if text.strip() else "")
