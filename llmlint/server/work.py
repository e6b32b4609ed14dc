"""What the server does beside listening: one thread that holds the projects, takes the latest texts and checks them.

Changes are taken before anything else, and stop a check that is running: what an editor shows is always about its latest texts. A check of the
file that has changed comes first; then, when nobody types, that of calls that have to do with it; and after saving that of the whole project.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from llmlint.config.settings import CONFIG_NAMES, ConfigError, SettingsResolver
from llmlint.discover.project import ask_about_text
from llmlint.findings import Finding
from llmlint.performance.gc_pause import collect_all, collect_if_many
from llmlint.rules.registry import known_rules
from llmlint.run.loading import internal_error
from llmlint.server.project import EditorRun, Project, Stopped

if TYPE_CHECKING:
    from llmlint.server.lenses import Lens

_Result = TypeVar("_Result")

IDLE_SECONDS = 0.4
"""How long nobody types before calls in other files are checked again."""


class Checked(NamedTuple):
    """What is known of one open file: its findings, those of other files at whose calls it is, and a line about each of its calls. `data` is the
    text that all of it is about."""

    path: str
    data: bytes
    findings: Sequence[Finding]
    lenses: Sequence[Lens]
    run: EditorRun
    root: str


class Worker:
    """`publish` is called with what is known of an open file, and `complain` with what is wrong, both in the thread of the worker."""

    def __init__(self, publish: Callable[[Checked], None], complain: Callable[[str], None], folder: str) -> None:
        self._publish, self._complain, self._folder = publish, complain, folder
        self._wake = threading.Condition()
        self._changes: dict[str, bytes | None] = {}
        self._tasks: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._saved = self._reset = self._ended = False
        self._overrides: Callable[[str], Mapping[str, Any]] = lambda path: {}
        self._texts: dict[str, bytes] = {}
        self._projects: dict[str, Project] = {}
        self._project_of: dict[str, Project | None] = {}
        self._settings: dict[str, SettingsResolver] = {}
        self._thread = threading.Thread(target=self._run, name="llmlint", daemon=True)
        self._thread.start()

    # Called by the server.

    def change(self, path: str, data: bytes | None) -> None:
        """A file has this text in the editor now; None: the editor has it no longer."""
        with self._wake:
            self._changes[path] = data
            self._wake.notify()

    def save(self) -> None:
        """Something was saved: check everything."""
        with self._wake:
            self._saved = True
            self._wake.notify()

    def reset(self, overrides: Callable[[str], Mapping[str, Any]] | None = None) -> None:
        """Settings or files have changed: start anew."""
        with self._wake:
            self._reset = True
            self._overrides = overrides or self._overrides
            self._wake.notify()

    def submit(self, task: Callable[[], _Result]) -> Future[_Result]:
        """Do something in the thread of the worker, with all changes taken in before."""
        future: Future[_Result] = Future()
        with self._wake:
            self._tasks.append((task, future))
            self._wake.notify()
        return future

    def end(self) -> None:
        with self._wake:
            self._ended = True
            self._wake.notify()
        self._thread.join(2)

    # In the thread of the worker.

    def checked(self, path: str) -> tuple[Project, Sequence[Finding]] | None:
        """The project of an open file, and what is found in it now. For tasks."""
        project = self._project(path)
        if project is None or path in project.broken:
            return None
        return project, project.check(lambda: False, frozenset({path})).findings

    def _run(self) -> None:
        is_idle_work_left = is_all_due = False
        while True:
            with self._wake:
                if not (self._changes or self._tasks or self._saved or self._reset or self._ended):
                    timeout = (0.0 if is_all_due else IDLE_SECONDS) if is_idle_work_left or is_all_due else None
                    is_news = self._wake.wait(timeout) if timeout != 0.0 else False
                else:
                    is_news = True
                if self._ended:
                    return
                changes, self._changes = self._changes, {}
                is_reset, self._reset = self._reset, False
                is_all_due, self._saved = is_all_due or self._saved, False
            try:
                if is_reset:
                    self._forget()
                if changes or is_reset:
                    self._take(changes)
                    self._check_now(list(self._texts) if is_reset else [path for path in changes if path in self._texts])
                    is_idle_work_left = True
                    collect_if_many()
                elif is_all_due:
                    self._check_everything()
                    is_all_due = is_idle_work_left = False
                    collect_all()
                elif is_idle_work_left and not is_news:
                    self._check_waiting()
                    is_idle_work_left = False
                    collect_all()
                self._do_tasks()
            except Stopped:
                is_idle_work_left = True
            except Exception as error:
                is_idle_work_left = is_all_due = False
                self._complain(internal_error("llmlint server", error).message)

    def _stops(self) -> bool:
        return bool(self._changes or self._reset or self._ended)

    def _do_tasks(self) -> None:
        while self._tasks and not self._stops():
            task, future = self._tasks.popleft()
            try:
                future.set_result(task())
            except Exception as error:
                future.set_exception(error)

    def _forget(self) -> None:
        self._projects, self._project_of, self._settings = {}, {}, {}

    def _take(self, changes: Mapping[str, bytes | None]) -> None:
        for path, data in changes.items():
            if data is None:
                self._texts.pop(path, None)
            else:
                self._texts[path] = data
            project = self._project_of.get(path)
            if project is not None:
                run = project.run
                shown = path in self._texts
                run.with_lenses = run.with_lenses | {path} if shown else run.with_lenses - {path}
                project.change(path, data)

    def _check_now(self, paths: Sequence[str]) -> None:
        """Check some open files. If there is something newer, the rest of them waits for it."""
        for number, path in enumerate(paths):
            if self._stops():
                with self._wake:
                    self._changes = {**{each: self._texts[each] for each in paths[number:]}, **self._changes}
                return
            project = self._project(path)
            if project is None:
                self._publish_nothing(path)
            elif path not in project.broken:
                lint = project.check(lambda: False, frozenset({path}), hastily=True)
                self._show(project, [path], lint.findings)

    def _check_waiting(self) -> None:
        for project in list(self._projects.values()):
            if project.waits:
                lint = project.check(self._stops)
                self._show(project, self._open(project), lint.findings)

    def _check_everything(self) -> None:
        for project in list(self._projects.values()):
            if opened := self._open(project):
                lint = project.check_all(self._stops)
                self._show(project, opened, lint.findings)

    def _open(self, project: Project) -> list[str]:
        return [path for path in self._texts if self._project_of.get(path) is project]

    def _show(self, project: Project, paths: Sequence[str], findings: Sequence[Finding]) -> None:
        run = project.run
        for path in paths:
            if path not in project.broken:
                own = [each for each in findings if path in (each.at.path, each.call.path)]
                self._publish(Checked(path, self._texts[path], own, run.lenses.get(path, ()), run, project.root))

    def _publish_nothing(self, path: str) -> None:
        empty = EditorRun(SettingsResolver(self._folder, {}, True, known=known_rules()), {}, [], {}, (), self._folder)
        self._publish(Checked(path, self._texts[path], (), (), empty, self._folder))

    def _project(self, path: str) -> Project | None:
        """The project of an open file, read now if it is new; None where the file is left out."""
        if path not in self._project_of:
            project = None
            with suppress(ConfigError):
                project = self._find_project(path)
            self._project_of[path] = project
        return self._project_of[path]

    def _find_project(self, path: str) -> Project | None:
        try:
            settings = self._settings_for(path)
            asked = ask_about_text(path, settings, True)
            errors = [each for each in asked.found if not isinstance(each, str)]
            if errors:
                self._complain("\n".join(f"{each.path}: {each.message}" for each in errors))
                return None
            if not asked.found:
                return None
            settings.for_file(path)
        except ConfigError as error:
            self._complain("\n".join(f"{each.path}: {each.message}" for each in error.errors))
            return None
        key = asked.root if asked.is_marked else path
        project = self._projects.get(key)
        if project is None or not project.holds(path):
            inside = {each: data for each, data in self._texts.items() if each in asked.found}
            project = Project(asked, settings, known_rules(), inside)
            self._projects[key] = project
            self._project_of |= dict.fromkeys(inside, project)
            # The file that is shown first; the others are read while the editor waits for nothing.
            project.load(lambda: self._ended)
        project.run.with_lenses |= {path}
        return project

    def _settings_for(self, path: str) -> SettingsResolver:
        given = {"force-exclude": True, **self._overrides(path)}
        config = given.pop("configuration", None)
        key = repr((sorted(given.items(), key=str), config))
        if key not in self._settings:
            self._settings[key] = SettingsResolver(self._folder, given, config_path=config, known=known_rules())
        return self._settings[key]


def is_setting(path: str) -> bool:
    """Whether a file can hold settings of llmlint."""
    return path.rpartition("/")[2] in (
        *CONFIG_NAMES,
        "llmlint-baseline.json",
        "setup.cfg",
        "requirements.txt",
        "uv.lock",
        "poetry.lock",
    )
