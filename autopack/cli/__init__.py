"""The command line: one small module a command, each parses, calls one stage and renders."""

from __future__ import annotations

import io
import os
import signal
import sys

import click

from autopack import __version__
from autopack.errors import BUG, INTERRUPTED, MACHINE_LACKS, AutopackError

# Command name → (module, one line of help): `--help` must not import twenty modules to print twenty lines.
COMMANDS = {
    "run": ("run", "Take plans to finished, verified branches."),
    "plan": ("plan", "Show what a plan would do, and what is unsure."),
    "demo": ("demo", "Watch a messy plan become a verified commit, in a folder of its own."),
    "status": ("status", "Show runs and how far they are."),
    "resume": ("resume", "Go on with a run that was interrupted, or that may go on now."),
    "approve": ("approve", "Grant what a run may not do without you."),
    "report": ("report", "Print a run's report."),
    "intent": ("intent", "Show what the project, or a run, is for."),
    "memory": ("memory", "Show what the project remembers of its plans."),
    "toolchains": ("toolchains", "Show the toolchains found, and their commands."),
    "scope": ("scope", "Show which files a task will likely change."),
    "policy": ("policy", "Explain what the command policy says of a command."),
    "plugins": ("plugins", "List the installed plugins and their faults."),
    "sandbox": ("sandbox", "Run a command contained as the checks of a run are."),
    "doctor": ("doctor", "Say what is missing on this machine, and how to get it."),
    "config": ("config", "Show the configuration and where each value comes from."),
    "faults": ("faults", "Name every fault point of the crash tests."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = __import__(f"autopack.cli.{COMMANDS[cmd_name][0]}", fromlist=["command"])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if not close:
                raise
            raise click.UsageError(f"{error.message} did you mean {close[0]!r}?", ctx) from None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="autopack")
def cli() -> None:
    """Any plan in, a finished and verified branch out.

    \b
    autopack run plan.md        normalise, build, verify and report, on a branch of its own
    autopack plan plan.md       only show what would happen, and what is unsure
    """


def main() -> None:
    """Run the command line; the only place that turns an error into a line and an exit code."""
    if sys.platform == "win32":
        click.echo("error: autopack needs Linux or macOS\nhint: on Windows, run it inside WSL", err=True)
        sys.exit(MACHINE_LACKS)
    _stop_politely()
    try:
        code = cli.main(standalone_mode=False)
    except AutopackError as error:
        _say_error(error.message, error.hint)
        code = error.exit_code
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        from autopack.cli.render import visible

        # It repeats words of the command line, which may be anything.
        said = io.StringIO()
        error.show(said)
        click.echo(visible(said.getvalue()), nl=False, err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say_error("interrupted", "")
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`| head`): not our failure, but stdout must not be flushed again at exit.
        sys.stdout = None
        code = 0
    except Exception as bug:
        if "AUTOPACK_TRACEBACK" in os.environ:
            raise
        _say_error(f"this is a bug: {type(bug).__name__}: {bug}", "set AUTOPACK_TRACEBACK=1 to see where")
        code = BUG
    sys.exit(code or 0)


def _stop_politely() -> None:
    """Treat a cancelled CI job and a closed terminal like Ctrl-C: what was started is ended and cleaned up."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` had it ignored, and means it
            signal.signal(number, signal.default_int_handler)


def _say_error(message: str, hint: str) -> None:
    from autopack.cli.render import visible

    click.echo(f"error: {visible(message)}", err=True)
    if hint:
        click.echo(f"hint: {visible(hint)}", err=True)
