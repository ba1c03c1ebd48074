-- Drives Neovim on one file of a project as a person would, and prints what came of it as JSON. Sourced behind the set-up of docs/EDITORS.md.
local out = {}
local function wait(what, found)
  if not vim.wait(15000, found, 20) then error("waited in vain for " .. what) end
end
local function ask(method, params)
  local answers, err = vim.lsp.buf_request_sync(0, method, params, 15000)
  if err then error(method .. ": " .. err) end
  local _, answer = next(answers)
  if not answer or answer.error then error(method .. ": " .. vim.inspect(answer)) end
  return answer.result
end
local function text() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") end
local function cursor_at(words, further)
  vim.fn.cursor(1, 1)
  if vim.fn.search("\\V" .. words, "c") == 0 then error("no " .. words) end
  vim.fn.cursor(vim.fn.line("."), vim.fn.col(".") + further)
end
local function edited(edit) vim.lsp.util.apply_workspace_edit(edit, "utf-16") end

local function drive()
  vim.cmd("edit main.ops")
  wait("the server", function() return #vim.lsp.buf_get_clients(0) > 0 or next(vim.lsp.buf_get_clients(0)) ~= nil end)
  wait("diagnostics", function() return #vim.diagnostic.get(0) > 0 end)
  out.diagnostics = vim.tbl_map(function(d) return { code = d.code, line = d.lnum + 1, message = d.message } end, vim.diagnostic.get(0))
  out.omnifunc = vim.bo.omnifunc
  out.keys = vim.tbl_filter(function(key) return vim.fn.maparg(key, "n") ~= "" end, { "K", "gd", "grn", "grr", "gra" })
  cursor_at("file.read(", 1)
  out.hover = ask("textDocument/hover", vim.lsp.util.make_position_params(0, "utf-16")).contents.value
  cursor_at("file.", 5)
  local completed = ask("textDocument/completion", vim.lsp.util.make_position_params(0, "utf-16"))
  out.completion = vim.tbl_map(function(item) return item.label end, completed.items or completed)
  cursor_at("action go", 7)
  local rename = vim.lsp.util.make_position_params(0, "utf-16")
  rename.newName = "restart"
  edited(ask("textDocument/rename", rename))
  out.renamed = text()
  cursor_at("prd", 0)
  local range = vim.lsp.util.make_range_params(0, "utf-16")
  range.context = { diagnostics = {}, only = { "quickfix" } }
  local actions = ask("textDocument/codeAction", range)
  out.actions = vim.tbl_map(function(action) return action.title end, actions)
  edited(actions[1].edit)
  wait("no diagnostics", function() return #vim.diagnostic.get(0) == 0 end)
  local format = { textDocument = vim.lsp.util.make_text_document_params(0), options = { tabSize = 2, insertSpaces = true } }
  vim.lsp.util.apply_text_edits(ask("textDocument/formatting", format), 0, "utf-16")
  out.text = text()
end

local ok, err = pcall(drive)
if not ok then out.error = err end
io.stdout:write(vim.json and vim.json.encode(out) or vim.fn.json_encode(out))
vim.cmd("qall!")
