-- What wrk sends, read from files, and its figures in a form that is easily read: one line of name=value.
local function read(name)
  local file = assert(io.open(os.getenv(name), "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

wrk.method = "POST"
wrk.body = read("BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    "FIGURES requests=%d failed=%d microseconds=%d p99=%d\n",
    summary.requests, failed, summary.duration, latency:percentile(99)
  ))
end
