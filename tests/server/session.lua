-- A session of Neovim with the language server: what it shows, a quick fix, and all safe fixes. Started by test_neovim.py.
local python, file, out = vim.env.LLMLINT_PYTHON, vim.env.LLMLINT_FILE, vim.env.LLMLINT_OUT
local report = {}

vim.cmd("edit " .. file)
local client = vim.lsp.start_client({
  name = "llmlint",
  cmd = { python, "-P", "-m", "llmlint", "server" },
  root_dir = vim.fn.fnamemodify(file, ":h"),
})
vim.lsp.buf_attach_client(0, client)

local function codes()
  return vim.tbl_map(function(each) return each.code end, vim.diagnostic.get(0))
end

local function wait_for(count)
  vim.wait(30000, function() return #vim.diagnostic.get(0) == count end, 20)
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local function actions(range, only, diagnostics)
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(0),
    range = range,
    context = { diagnostics = diagnostics, only = only },
  }
  local answers = vim.lsp.buf_request_sync(0, "textDocument/codeAction", params, 30000)
  return answers[client].result or {}
end

local function apply(action)
  vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
end

wait_for(2)
report.found = codes()
report.messages = vim.tbl_map(function(each) return each.message end, vim.diagnostic.get(0))

-- What is typed is checked without being saved.
vim.api.nvim_buf_set_lines(0, 0, 0, false, { "# typed", "# and more" })
vim.wait(30000, function() return #vim.diagnostic.get(0) == 2 and vim.diagnostic.get(0)[1].lnum > 15 end, 20)
report.lines = vim.tbl_map(function(each) return each.lnum end, vim.diagnostic.get(0))

local zero = { start = { line = 0, character = 0 }, ["end"] = { line = 0, character = 0 } }
report.fix_all = {}
for _, action in ipairs(actions(zero, { "source.fixAll" }, {})) do
  table.insert(report.fix_all, action.title)
  apply(action)
end
wait_for(1)
report.after_fix_all = codes()
report.has_breakpoint = text():find("cache_control", 1, true) ~= nil
report.keeps_model = text():find("claude-opus-5-5", 1, true) ~= nil

local left = vim.diagnostic.get(0)[1].user_data.lsp and vim.diagnostic.get(0)[1] or vim.diagnostic.get(0)[1]
local place = {
  start = { line = left.lnum, character = left.col },
  ["end"] = { line = left.end_lnum, character = left.end_col },
}
local quick = actions(place, { "quickfix" }, {})
report.quick = vim.tbl_map(function(each) return each.title end, quick)
apply(quick[1])
wait_for(0)
report.after_quick_fix = codes()
report.has_model = text():find("claude-opus-5-5", 1, true) ~= nil

local stream = io.open(out, "w")
stream:write(vim.fn.json_encode(report))
stream:close()
vim.lsp.stop_client(client)
vim.wait(500)
vim.cmd("qall!")
