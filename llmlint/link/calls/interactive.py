"""Whether somebody waits for a function: request handlers, bot callbacks, chat interfaces, tools of agents."""

from __future__ import annotations

from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.program import Program
from llmlint.scan.expressions import Call, Expr, Name, dotted_name, last_name
from llmlint.scan.facts import Scope

# Decorators by which frameworks call a function for somebody who waits: Flask, FastAPI, Starlette, Django, aiohttp, Chainlit, Slack Bolt,
# discord.py, aiogram, pyrogram, python-telegram-bot, Gradio, MCP, Dash, Modal, BentoML, functions in the cloud, and tools of agents.
_HANDLER_DECORATORS = frozenset(
    {"route", "get", "post", "put", "patch", "delete", "websocket", "api_view", "on_message", "on_chat_start", "on_event", "event",
     "message", "command", "slash_command", "app_command", "callback", "action_callback", "on_audio_end", "on_settings_update",
     "message_handler", "mention", "view", "shortcut", "tool", "resource", "endpoint", "api_route", "login_required", "csrf_exempt",
     "require_POST", "require_http_methods", "websocket_route", "on", "listener", "hybrid_command", "shared_task_view", "consumer",
     "http", "cloud_event", "http_trigger", "call_tool", "tool_plain", "function_tool", "kernel_function", "ai_function", "action",
     "options", "context_menu", "user_command", "message_command", "callback_query", "callback_query_handler", "on_callback_query",
     "inline_query", "inline_handler", "channel_post", "business_message", "on_edited_message", "web_endpoint", "fastapi_endpoint",
     "on_request", "on_call", "expose", "rpc_method", "message_received", "on_chat_resume", "on_chat_end", "on_stop", "set_starters"}
)  # fmt: skip
# Of these, the ones that are imported by themselves.
_BARE_DECORATORS = frozenset(
    {"api_view", "tool", "csrf_exempt", "login_required", "require_POST", "require_http_methods", "function_tool", "kernel_function",
     "ai_function"}
)  # fmt: skip
# Packages that have `get`, `post` and `route` as functions of their own.
_BARE_ROUTERS = frozenset({"litestar", "starlite", "bottle"})
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "route", "websocket", "websocket_listener"})
# Packages of command lines, whose decorators have the names of others: `@app.command()`.
_COMMAND_LINES = frozenset({"click", "typer", "rich_click", "asyncclick", "cyclopts", "cloup"})
_OF_COMMAND_LINES = frozenset({"command", "callback"})
_NO_HANDLERS = frozenset({"click", "pytest", "typer", "cli"})
_HANDLER_CLASSES = frozenset(
    {"APIView", "View", "Resource", "MethodView", "RequestHandler", "WebSocketHandler", "Cog", "ViewSet", "ModelViewSet", "GenericAPIView",
     "BaseHTTPRequestHandler", "AsyncWebsocketConsumer", "WebsocketConsumer", "HTTPEndpoint", "WebSocketEndpoint", "GenericViewSet",
     "ReadOnlyModelViewSet", "ListAPIView", "CreateAPIView", "RetrieveAPIView", "ListCreateAPIView", "UpdateAPIView", "TemplateView",
     "FormView", "CreateView", "UpdateView", "DetailView", "ListView", "DeleteView", "SimpleHTTPRequestHandler", "BaseRequestHandler",
     "StreamRequestHandler", "AsyncJsonWebsocketConsumer", "JsonWebsocketConsumer", "GroupCog", "Modal", "LitAPI", "BasePredictor",
     "ActivityHandler", "TeamsActivityHandler", "MethodResource", "AbstractRequestHandler", "FileSystemEventHandler", "PatternMatchingEventHandler",
     "StreamingClient", "StreamListener", "BaseTool"}
)  # fmt: skip
_HANDLER_CLASS_ENDINGS = ("Servicer", "APIView", "RequestHandler")
# Methods, and functions in functions, that frameworks call by their name: discord.py, falcon, `http.server`.
_HANDLER_NAMES = frozenset(
    {"on_message", "on_message_edit", "on_interaction", "on_reaction_add", "on_raw_reaction_add", "on_mention", "on_get", "on_post",
     "on_put", "on_patch", "on_delete", "do_GET", "do_POST", "do_PUT", "on_message_activity", "event_message"}
)  # fmt: skip
_REQUEST_TYPES = frozenset(
    {"Request", "HttpRequest", "WebSocket", "Interaction", "Context", "Update", "Message", "CallbackQuery", "UploadFile",
     "ApplicationContext", "TurnContext", "ToolContext", "RunContext"}
)  # fmt: skip
_REQUEST_NAMES = frozenset(
    {"request", "req", "websocket", "ws", "interaction", "ctx", "update", "message", "callback", "call", "query", "file", "upload",
     "turn_context", "tool_context", "context"}
)  # fmt: skip
# Of these packages, a `Message` is a response or a mail, and a `Context` belongs to a command.
_OTHER_PACKAGES = _COMMAND_LINES | {
    "anthropic", "openai", "email", "mailbox", "langchain", "langchain_core", "litellm", "mistralai", "cohere", "invoke", "dagster"
}  # fmt: skip
# What a function is passed to so that it is called for somebody who waits: routes of Starlette, FastAPI, Flask, Django and aiohttp,
# handlers of Telegram bots, functions of Gradio, tools of agents.
_REGISTRARS = frozenset(
    {"Route", "WebSocketRoute", "APIRoute", "add_api_route", "add_api_websocket_route", "add_url_rule", "add_route", "add_get", "add_post",
     "add_put", "add_patch", "add_delete", "add_view", "path", "re_path", "CommandHandler", "MessageHandler", "CallbackQueryHandler",
     "InlineQueryHandler", "ConversationHandler", "add_event_handler", "register_message_handler", "register_callback_query_handler",
     "register_next_step_handler", "on_event", "Interface", "ChatInterface", "add_tool", "start_server", "serve", "Depends", "Security",
     "StructuredTool", "FunctionTool", "from_function", "from_defaults", "register_function", "register_tool", "add_websocket_route",
     "basic_consume", "on_click", "on_message_callback", "on_submit", "on_change"}
)  # fmt: skip
# A script of these packages is run again for each thing that its user does, or calls functions for what happens in its window.
_APP_PACKAGES = frozenset(
    {"streamlit", "chainlit", "gradio", "nicegui", "reflex", "mesop", "panel", "textual", "tkinter", "customtkinter", "PyQt5", "PyQt6",
     "PySide2", "PySide6", "kivy", "wx", "flet", "shiny", "solara", "taipy", "PySimpleGUI", "dearpygui", "rumps"}
)  # fmt: skip


def is_handler(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a framework calls this function, or one around it, on behalf of somebody who waits."""
    current: int | None = scope
    while current is not None:
        here = module.scopes[current]
        if here.kind == "function" and _is_handler_function(program, module, here):
            return True
        if here.kind == "class" and any(_is_handler_class(base) for base in here.bases):
            return True
        current = here.parent
    return False


def _is_handler_class(base: Expr) -> bool:
    name = last_name(base) or ""
    return name in _HANDLER_CLASSES or name.endswith(_HANDLER_CLASS_ENDINGS)


def _is_handler_function(program: Program, module: ModuleIndex, here: Scope) -> bool:
    if here.name == "lambda_handler" or _takes_event(here) or (here.parent and here.name in _HANDLER_NAMES):
        return True
    if any(_is_handler_decorator(module, each) for each in here.decorators):
        return True
    for parameter in here.parameters:
        if parameter.annotation is not None and parameter.name in _REQUEST_NAMES:
            if last_name(parameter.annotation) in _REQUEST_TYPES:
                return not _is_other_type(program, module, parameter.annotation)
    return False


def _is_handler_decorator(module: ModuleIndex, decorator: Expr) -> bool:
    target = decorator.func if isinstance(decorator, Call) else decorator
    owner, _, tail = (dotted_name(target) or "").rpartition(".")
    if not owner:
        return tail in _BARE_DECORATORS or (tail in _ROUTES and module.imports_any(_BARE_ROUTERS))
    if tail not in _HANDLER_DECORATORS or owner.rpartition(".")[2] in _NO_HANDLERS:
        return False
    return tail not in _OF_COMMAND_LINES or not module.imports_any(_COMMAND_LINES)


def _is_other_type(program: Program, module: ModuleIndex, annotation: Expr) -> bool:
    """Whether an annotation names a class of the program that has no framework's class of the same kind as its base, or one of an SDK."""
    name = dotted_name(annotation) or ""
    for binding in module.bindings(0, name.split(".")[0]):
        home, member = module, binding.name
        if binding.kind == "import":
            if binding.module.split(".")[0] in _OTHER_PACKAGES:
                return True
            found = program.find_import(module, binding.module, binding.level)
            if found is None:
                continue
            home, member = found, binding.member or name.rpartition(".")[2]
        for scope_id in (each.scope_id for each in home.bindings(0, member) if each.kind == "class"):
            bases = {last_name(base) for base in home.scopes[scope_id].bases} if scope_id is not None else set()
            return _REQUEST_TYPES.isdisjoint(bases)
    return False


def _takes_event(here: Scope) -> bool:
    """Whether a function has the parameters of an AWS Lambda handler, whatever its name."""
    names = [parameter.name.lstrip("_") for parameter in here.parameters]
    return here.parent == 0 and names in (["event", "context"], ["event", ""])


def registers(call: Call) -> bool:
    """Whether a call takes a function to call it for somebody who waits: `add_url_rule("/", view_func=home)`."""
    owner, _, tail = (dotted_name(call.func) or "").rpartition(".")
    return tail in _REGISTRARS or (
        owner.rpartition(".")[2] == "web" and tail in ("get", "post", "put", "patch", "delete", "view")
    )


def is_app_script(module: ModuleIndex) -> bool:
    """Whether the file is the script of an app framework that runs it for each visitor, or whose window calls its functions."""
    return module.imports_any(_APP_PACKAGES)


def asks_in(module: ModuleIndex, scope: int) -> bool:
    """Whether a function reads from its terminal."""
    return any(isinstance(fact.call.func, Name) for fact in module.calls_by_root.get((scope, "input")))
