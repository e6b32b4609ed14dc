"""An audit by DuckDB, from files to figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llmlint.audit.duck.analysis import analyse
from llmlint.audit.duck.figures import audit_of
from llmlint.audit.duck.loading import Loading
from llmlint.audit.duck.store import Store
from llmlint.audit.figures import Audit
from llmlint.audit.join import Join
from llmlint.audit.progress import Progress
from llmlint.audit.reading import Reading, read
from llmlint.audit.sites import Site


class Unfit(Exception):
    """Why DuckDB cannot make an audit, as for counts that its integers do not hold."""


def audit_by_duckdb(
    paths: Iterable[str], sites: Sequence[Site] | None, *, is_replayed: bool, progress: Progress, rows: str | None = None
) -> tuple[Reading, Audit | None]:
    """What was read, and the audit of it; None where there are no rows. `rows` is a file to write these to. Raises Unfit."""
    import duckdb

    store = Store(Join(sites or ()))

    def say(text: str) -> None:
        progress.say(text, store.share)

    try:
        loading = Loading(store=store, progress=progress)
        read(paths, loading)
        store.flush()
        say("repeated calls")
        loading.finish()
        if not store.value("SELECT count(*) FROM rows"):
            return loading, None
        for step in analyse(store, sites or ()):
            say(step)
        if rows is not None:
            say(f"writing {rows}")
            store.write(rows)
        say("figures")
        return loading, audit_of(store, loading, sites, is_replayed=is_replayed)
    except (duckdb.Error, OverflowError) as error:
        raise Unfit(str(error)) from error
    finally:
        progress.say("")
        store.close()
