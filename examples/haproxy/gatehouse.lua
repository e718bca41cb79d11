-- HAProxy asks mcp-gatehouse before it passes a request on.
--
--   http-request lua.gatehouse 127.0.0.1:3000 X-User,X-Email
--
-- The first argument is the address of the guard (an IP address and a port), the second the identity
-- fields that it sends. Each of them replaces what the client sent. A rejection is returned as it is.

-- Fields of the sub-request: those of the client, without its body and its connection.
local removed = {
  ["connection"] = true,
  ["content-length"] = true,
  ["expect"] = true,
  ["keep-alive"] = true,
  ["te"] = true,
  ["trailer"] = true,
  ["transfer-encoding"] = true,
  ["upgrade"] = true,
  ["x-forwarded-method"] = true,
  ["x-forwarded-uri"] = true,
}

-- Fields of the guard's response that describe its connection.
local of_connection = {
  ["connection"] = true,
  ["content-length"] = true,
  ["keep-alive"] = true,
  ["transfer-encoding"] = true,
}

local function fields_of(txn)
  local fields = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not removed[name] then
      fields[name] = {}
      for index = 0, #values do
        if values[index] ~= nil then table.insert(fields[name], values[index]) end
      end
    end
  end
  fields["x-forwarded-method"] = { txn.f:method() }
  fields["x-forwarded-uri"] = { txn.f:pathq() }
  return fields
end

local function reject(txn, response)
  local reply = txn:reply({ status = response.status })
  for name, values in pairs(response.headers or {}) do
    if not of_connection[name] then
      for index = 0, #values do
        if values[index] ~= nil then reply:add_header(name, values[index]) end
      end
    end
  end
  reply:set_body(response.body or "")
  txn:done(reply)
end

core.register_action("gatehouse", { "http-req" }, function(txn, address, names)
  local client = core.httpclient()
  local response = client:get({ url = "http://" .. address .. "/", headers = fields_of(txn) })
  if response == nil or response.status == nil or response.status == 0 then
    return reject(txn, { status = 503 })
  end
  if response.status ~= 200 then return reject(txn, response) end
  for name in string.gmatch(names, "[^,]+") do
    local values = response.headers[string.lower(name)]
    -- A field that the guard did not send is removed: the client may have sent one.
    if values ~= nil and values[0] ~= nil and values[0] ~= "" then
      txn.http:req_set_header(name, values[0])
    else
      txn.http:req_del_header(name)
    end
  end
end, 2)
