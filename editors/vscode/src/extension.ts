// Starts `llmlint server` and connects it with the editor. All else is done by the server.

import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

/** The interpreter that the Python extension has chosen. */
async function interpreter(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  const api = extension.isActive ? extension.exports : await extension.activate();
  return api?.environments?.getActiveEnvironmentPath?.()?.path;
}

async function command(): Promise<string[]> {
  const given = vscode.workspace.getConfiguration("llmlint").get<string[]>("path", []);
  if (given.length > 0) {
    return given;
  }
  const python = await interpreter();
  return python === undefined ? ["llmlint"] : [python, "-m", "llmlint"];
}

async function start(): Promise<void> {
  const [program, ...rest] = await command();
  const server: ServerOptions = { command: program, args: [...rest, "server"] };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "python", scheme: "file" }, { notebook: "jupyter-notebook", language: "python" }],
    synchronize: { configurationSection: "llmlint" },
  };
  client = new LanguageClient("llmlint", "llmlint", server, options);
  try {
    await client.start();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`llmlint: ${[program, ...rest].join(" ")} server did not start (pip install 'llmlint[lsp]'): ${said}`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose();
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("llmlint.restart", async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("llmlint.path")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}
