"""Whether somebody waits for a function: request handlers, bot callbacks, chat interfaces."""

from __future__ import annotations

from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.program import Program
from llmlint.scan.expressions import Call, Expr, Name, dotted_name, last_name

# Decorators by which frameworks call a function for somebody who waits: Flask, FastAPI, Starlette, Django, aiohttp, Chainlit, Slack Bolt,
# discord.py, aiogram, python-telegram-bot, Gradio, MCP, Dash.
_HANDLER_DECORATORS = frozenset(
    {"route", "get", "post", "put", "patch", "delete", "websocket", "api_view", "on_message", "on_chat_start", "on_event", "event",
     "message", "command", "slash_command", "app_command", "callback", "action_callback", "on_audio_end", "on_settings_update",
     "message_handler", "mention", "view", "shortcut", "tool", "resource", "endpoint", "api_route", "login_required", "csrf_exempt",
     "require_POST", "require_http_methods", "websocket_route", "on", "listener", "hybrid_command", "shared_task_view", "consumer",
     "http", "cloud_event", "http_trigger"}
)  # fmt: skip
_HANDLER_CLASSES = frozenset(
    {"APIView", "View", "Resource", "MethodView", "RequestHandler", "WebSocketHandler", "Cog", "ViewSet", "ModelViewSet", "GenericAPIView",
     "BaseHTTPRequestHandler", "AsyncWebsocketConsumer", "WebsocketConsumer", "HTTPEndpoint"}
)  # fmt: skip
_REQUEST_TYPES = frozenset({"Request", "HttpRequest", "WebSocket", "Interaction", "Context", "Update", "Message"})
# What a function is passed to so that it is called for somebody who waits: routes of Starlette, FastAPI, Flask, Django and aiohttp,
# handlers of Telegram bots, functions of Gradio.
_REGISTRARS = frozenset(
    {"Route", "WebSocketRoute", "APIRoute", "add_api_route", "add_api_websocket_route", "add_url_rule", "add_route", "add_get", "add_post",
     "add_put", "add_patch", "add_delete", "add_view", "path", "re_path", "CommandHandler", "MessageHandler", "CallbackQueryHandler",
     "InlineQueryHandler", "add_event_handler", "register_message_handler", "Interface", "ChatInterface", "add_tool", "start_server",
     "serve"}
)  # fmt: skip
# A script of these packages is run again for each thing that its user does.
_APP_PACKAGES = frozenset({"streamlit", "chainlit", "gradio", "nicegui", "reflex", "mesop", "panel", "textual"})


def is_handler(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a framework calls this function, or one around it, on behalf of somebody who waits."""
    current: int | None = scope
    while current is not None:
        here = module.scopes[current]
        if here.kind == "function" and _is_handler_function(program, module, current):
            return True
        if here.kind == "class":
            names = {(dotted_name(base) or "").rpartition(".")[2] for base in here.bases}
            if names & _HANDLER_CLASSES:
                return True
        current = here.parent
    return False


def _is_handler_function(program: Program, module: ModuleIndex, scope: int) -> bool:
    here = module.scopes[scope]
    if here.name == "lambda_handler" or _takes_event(module, scope):
        return True
    for decorator in here.decorators:
        target = decorator.func if isinstance(decorator, Call) else decorator
        name = dotted_name(target) or ""
        owner, _, tail = name.rpartition(".")
        if tail in _HANDLER_DECORATORS and (
            owner or tail in ("api_view", "tool", "csrf_exempt", "login_required", "require_POST")
        ):
            return owner.rpartition(".")[2] not in ("click", "pytest", "typer", "cli")
    for parameter in here.parameters:
        if parameter.annotation is not None:
            tail = (dotted_name(parameter.annotation) or "").rpartition(".")[2]
            if tail in _REQUEST_TYPES and parameter.name in (
                "request",
                "req",
                "websocket",
                "ws",
                "interaction",
                "ctx",
                "update",
                "message",
            ):
                return not _is_own_class(program, module, parameter.annotation)
    return False


def _is_own_class(program: Program, module: ModuleIndex, annotation: Expr) -> bool:
    """Whether an annotation names a class of the program that has no framework's class of the same kind as its base."""
    name = dotted_name(annotation) or ""
    for binding in module.bindings(0, name.split(".")[0]):
        home, member = module, binding.name
        if binding.kind == "import":
            found = program.find_import(module, binding.module, binding.level)
            if found is None:
                continue
            home, member = found, binding.member or name.rpartition(".")[2]
        for scope_id in (each.scope_id for each in home.bindings(0, member) if each.kind == "class"):
            bases = {last_name(base) for base in home.scopes[scope_id].bases} if scope_id is not None else set()
            return _REQUEST_TYPES.isdisjoint(bases)
    return False


def _takes_event(module: ModuleIndex, scope: int) -> bool:
    """Whether a function has the parameters of an AWS Lambda handler, whatever its name."""
    here = module.scopes[scope]
    names = [parameter.name.lstrip("_") for parameter in here.parameters]
    return here.parent == 0 and names in (["event", "context"], ["event", ""])


def registers(call: Call) -> bool:
    """Whether a call takes a function to call it for somebody who waits: `add_url_rule("/", view_func=home)`."""
    owner, _, tail = (dotted_name(call.func) or "").rpartition(".")
    return tail in _REGISTRARS or (
        owner.rpartition(".")[2] == "web" and tail in ("get", "post", "put", "patch", "delete", "view")
    )


def is_app_script(module: ModuleIndex) -> bool:
    """Whether the file is the script of an app framework that runs it for each visitor."""
    return module.imports_any(_APP_PACKAGES)


def asks_in(module: ModuleIndex, scope: int) -> bool:
    """Whether a function reads from its terminal."""
    return any(isinstance(fact.call.func, Name) for fact in module.calls_by_root.get((scope, "input")))
