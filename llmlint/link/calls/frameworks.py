"""Frameworks that call the functions of a program: for somebody who waits, or once as a command. One table, read by all that asks who runs a
function.

A new framework is a row. What a row says is looked for by name alone, as the framework itself is rarely in sight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

_VERBS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Framework:
    """How a framework is told to call functions.

    - `decorators`: of a function that it calls, by the last part of their names; `bare` are those that are imported by themselves.
    - `by_event`: the same, where they are given the class of an event (`@handler.add(MessageEvent)`).
    - `registrars`: what a function is passed to, by the last part of its name.
    - `classes`: bases of classes whose methods it calls; `class_endings` are how the names of such bases end.
    - `methods`: methods, and functions in functions, that it calls by their names.
    - `parameters`: names of parameters that take one of its `types` by their annotations.
    - `lists`: arguments that take a list of functions; `kept_in` are how the names of such lists end.
    - `scripts`: packages whose scripts are run again for each thing that their user does, or whose windows call functions.
    - `traces`: bytes of a file that serves somebody with it.
    """

    decorators: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    by_event: tuple[str, ...] = ()
    registrars: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    class_endings: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    kept_in: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    traces: tuple[bytes, ...] = ()


FRAMEWORKS: dict[str, Framework] = {
    # The web
    "routes of Flask, Quart, Sanic, Bottle, aiohttp, Litestar": Framework(
        decorators=("route", *_VERBS, "options", "websocket", "endpoint", "expose", "rpc_method"),
        registrars=("add_url_rule", "add_route", "add_get", "add_post", "add_put", "add_patch", "add_delete", "add_view", "start_server", "serve"),
        classes=("MethodView", "Resource", "MethodResource"),
        parameters=("request", "req", "file", "upload"),
        types=("Request",),
        lists=("routes", "handlers"),
        traces=(b"Flask(", b"Blueprint(", b"Sanic(", b"Quart(", b"Litestar(", b"web.Application("),
    ),
    "FastAPI and Starlette": Framework(
        decorators=("api_route", "websocket_route", "on_event"),
        registrars=("Route", "WebSocketRoute", "APIRoute", "add_api_route", "add_api_websocket_route", "add_websocket_route", "Depends", "Security",
                    "on_event"),
        classes=("HTTPEndpoint", "WebSocketEndpoint"),
        parameters=("websocket", "ws"),
        types=("WebSocket", "UploadFile"),
        traces=(b"FastAPI(", b"APIRouter(", b"Starlette("),
    ),
    "Django": Framework(
        decorators=("action",),
        bare=("api_view", "csrf_exempt", "login_required", "require_POST", "require_http_methods"),
        registrars=("path", "re_path"),
        classes=(
            "APIView", "View", "ViewSet", "ModelViewSet", "GenericAPIView", "GenericViewSet", "ReadOnlyModelViewSet", "ListAPIView",
            "CreateAPIView", "RetrieveAPIView", "ListCreateAPIView", "UpdateAPIView", "TemplateView", "FormView", "CreateView",
            "UpdateView", "DetailView", "ListView", "DeleteView", "AsyncWebsocketConsumer", "WebsocketConsumer",
            "AsyncJsonWebsocketConsumer", "JsonWebsocketConsumer",
        ),
        class_endings=("APIView",),
        types=("HttpRequest",),
        traces=(b"django.urls", b"rest_framework"),
    ),
    "Tornado, Falcon, gRPC and the standard library": Framework(
        classes=(
            "RequestHandler", "WebSocketHandler", "BaseHTTPRequestHandler", "SimpleHTTPRequestHandler", "BaseRequestHandler",
            "StreamRequestHandler",
        ),
        class_endings=("Servicer", "RequestHandler"),
        methods=("on_get", "on_post", "on_put", "on_patch", "on_delete", "do_GET", "do_POST", "do_PUT"),
        traces=(b"tornado.web", b"BaseHTTPRequestHandler"),
    ),
    "functions in the cloud, and servers of models": Framework(
        decorators=("http", "cloud_event", "http_trigger", "web_endpoint", "fastapi_endpoint", "on_request", "on_call"),
        classes=("LitAPI", "BasePredictor", "AbstractRequestHandler"),
    ),
    # Apps
    "apps that run a script again, or call functions from a window": Framework(
        decorators=("callback",),
        registrars=("Interface", "ChatInterface", "on_click", "on_submit", "on_change"),
        scripts=(
            "streamlit", "gradio", "nicegui", "reflex", "mesop", "panel", "textual", "tkinter", "customtkinter", "PyQt5", "PyQt6",
            "PySide2", "PySide6", "kivy", "wx", "flet", "shiny", "solara", "taipy", "PySimpleGUI", "dearpygui", "rumps", "qtpy", "gi",
            "toga", "webview", "eel", "pystray", "pywebio", "ttkbootstrap", "tkinterdnd2",
            # Add-ons of Anki, Blender, QGIS, Sublime Text, IDA and Binary Ninja.
            "aqt", "bpy", "qgis", "sublime", "ida_kernwin", "binaryninja",
        ),
        traces=(
            b"import streamlit", b"import gradio", b"import tkinter", b"from tkinter", b"customtkinter", b"PyQt5", b"PyQt6", b"PySide6",
            b"import aqt", b"from aqt",
        ),
    ),
    "Chainlit": Framework(
        decorators=(
            "on_message", "on_chat_start", "on_chat_resume", "on_chat_end", "on_stop", "on_audio_end", "on_settings_update",
            "action_callback", "set_starters",
        ),
        scripts=("chainlit",),
        traces=(b"import chainlit",),
    ),
    # Bots
    "Slack Bolt, Bot Framework and bots of other chats": Framework(
        decorators=("event", "message", "command", "mention", "view", "shortcut", "message_received"),
        registrars=("on_message_callback",),
        classes=("ActivityHandler", "TeamsActivityHandler"),
        methods=("on_message_activity", "event_message", "on_mention"),
        parameters=("turn_context", "context", "message"),
        types=("TurnContext", "Message"),
        kept_in=("listeners", "handlers", "callbacks"),
        traces=(b"slack_bolt",),
    ),
    "discord.py": Framework(
        decorators=("slash_command", "app_command", "listener", "hybrid_command", "context_menu", "user_command", "message_command"),
        classes=("Cog", "GroupCog", "Modal"),
        methods=("on_message", "on_message_edit", "on_interaction", "on_reaction_add", "on_raw_reaction_add"),
        parameters=("interaction", "ctx"),
        types=("Interaction", "Context", "ApplicationContext"),
        traces=(b"import discord",),
    ),
    "Telegram: telebot, aiogram, pyrogram, telethon, python-telegram-bot": Framework(
        decorators=(
            "on", "message_handler", "callback_query", "callback_query_handler", "on_callback_query", "inline_query", "inline_handler",
            "channel_post", "business_message", "on_edited_message",
        ),
        registrars=(
            "CommandHandler", "MessageHandler", "CallbackQueryHandler", "InlineQueryHandler", "ConversationHandler",
            "add_event_handler", "register_message_handler", "register_callback_query_handler", "register_next_step_handler",
        ),
        parameters=("update", "callback", "call", "query"),
        types=("Update", "CallbackQuery"),
        traces=(b"telebot", b"aiogram", b"telegram.ext"),
    ),
    "LINE": Framework(by_event=("add",), traces=(b"linebot",)),
    # What happens elsewhere
    "queues, sockets, streams and folders": Framework(
        decorators=("consumer", "shared_task_view"),
        registrars=("basic_consume",),
        classes=("FileSystemEventHandler", "PatternMatchingEventHandler", "StreamingClient", "StreamListener"),
        traces=(b"socketio",),
    ),
    # Tools of agents, and MCP
    "tools of agents": Framework(
        decorators=("resource", "call_tool", "tool_plain"),
        bare=("tool", "function_tool", "kernel_function", "ai_function"),
        registrars=(
            "add_tool", "StructuredTool", "FunctionTool", "from_function", "from_defaults", "register_function", "register_tool",
        ),
        classes=("BaseTool",),
        parameters=("tool_context",),
        types=("ToolContext", "RunContext"),
        lists=("tools", "functions", "actions"),
        kept_in=("tools",),
        traces=(b"FastMCP", b"mcp.server"),
    ),
}  # fmt: skip


def _all(part: str) -> frozenset[str]:
    return frozenset(chain.from_iterable(getattr(each, part) for each in FRAMEWORKS.values()))


BARE_DECORATORS = _all("bare")
DECORATORS = _all("decorators") | BARE_DECORATORS
BY_EVENT = _all("by_event")
REGISTRARS = _all("registrars")
CLASSES = _all("classes")
CLASS_ENDINGS = tuple(sorted(_all("class_endings")))
METHODS = _all("methods")
PARAMETERS = _all("parameters")
TYPES = _all("types")
LISTS = _all("lists")
LIST_ENDINGS = tuple(sorted(_all("kept_in")))
SCRIPTS = _all("scripts")
# What an agent calls as one of its steps, and not for each of many users.
TOOLS = frozenset({*FRAMEWORKS["tools of agents"].decorators, *FRAMEWORKS["tools of agents"].bare})
TRACES = tuple(trace for each in FRAMEWORKS.values() for trace in each.traces)

# `web.get("/", home)` of aiohttp.
ROUTES_OF_WEB = frozenset({*_VERBS, "view"})
# Packages that have routes as functions of their own, and these.
BARE_ROUTERS = frozenset({"litestar", "starlite", "bottle"})
BARE_ROUTES = frozenset({*_VERBS, "route", "websocket", "websocket_listener"})

# Command lines: their packages, the decorators of functions that they run once, and what such a function is passed to.
COMMAND_LINES = frozenset({"click", "typer", "rich_click", "asyncclick", "cyclopts", "cloup"})
COMMANDS = frozenset({"command", "group", "callback"})
STARTERS = frozenset({"Fire", "set_defaults"})
QUALIFIED_STARTERS = frozenset({"typer.run"})
# What has decorators with the names of others, and calls nothing for somebody who waits: `@pytest.mark`, `@cli.command()`.
NO_FRAMEWORKS = frozenset({"click", "pytest", "typer", "cli"})
# Of these packages, a `Message` is a response or a mail, and a `Context` belongs to a command.
OTHER_PACKAGES = COMMAND_LINES | {
    "anthropic", "openai", "email", "mailbox", "langchain", "langchain_core", "litellm", "mistralai", "cohere", "invoke", "dagster"
}  # fmt: skip

# Web sockets at which somebody may follow a run. What such an object is called, and the methods that send to it: `emit` of python-socketio,
# `send_json` and `send_text` of Starlette. A program's own module for sockets is known by its name, and its functions by how they begin.
# Gathered from programs with runs that are followed, on 2026-11-27.
SOCKET_NAMES = re.compile(r"(?i)^(?:sio|ws|socket_?io|(?:\w+_)?web_?sockets?)$")
SOCKET_METHODS = frozenset({"emit", "send_json", "send_text"})
SOCKET_MODULES = re.compile(r"(?i)web_?sockets?|socket_?io")
SOCKET_FUNCTIONS = re.compile(r"(?i)^_?(?:emit|send|broadcast|notify|publish|push|report)")
