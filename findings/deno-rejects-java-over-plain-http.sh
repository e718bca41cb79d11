#!/usr/bin/env bash
# Versions: deno 2.9.6, bun 1.4.5, node 24.21.0 (npm), OpenJDK 17.0.15, curl 7.88.1 (Debian 12). Standard: RFC 9110 §7.8 (a server may
#            ignore `Upgrade`; a client that offers a protocol goes on with HTTP/1.1 then).
# Guess:     a server that does not speak the offered protocol ignores the offer. Java's HttpClient offers h2c with the first
#            request to each http origin, and `curl --http2` with each, so both work with every server.
# Behaviour: Deno.serve, which does speak HTTP/2, answers 400 without content to a request that has an offer and content, and the
#            handler never runs. Java sends `Content-Length: 0` with a GET, so its GET is rejected, too. Its offer is never accepted,
#            so it repeats the offer with each request. curl can GET and cannot POST. Over TLS, or with `version(HTTP_1_1)`, every request succeeds. So a client
#            in Java that works in production fails with the same server on localhost, or behind a proxy that passes
#            `Upgrade` on, as HAProxy does. Bun and Node ignore the offer.
# Output seen: deno: java GET 400 POST 400, java with HTTP_1_1 GET 200 POST 200, curl GET 200 POST 400, handler ran 3 times
#              bun: java GET 200 POST 200, java with HTTP_1_1 GET 200 POST 200, curl GET 200 POST 200, handler ran 6 times
#              node: java GET 200 POST 200, java with HTTP_1_1 GET 200 POST 200, curl GET 200 POST 200, handler ran 6 times
set -euo pipefail
export npm_config_dangerously_allow_all_scripts=true # node and bun link their programs in install scripts, which npm 12 does not run
for program in java curl; do
  command -v $program > /dev/null || { echo 'This needs apt-get install default-jdk-headless curl'; exit 2; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
curl --version | sed -n 1p
java -version 2>&1 | sed -n 1p
export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
echo 'Installing deno 2.9.6, bun 1.4.5 and node 24.21.0'
npm init -y > install.log 2>&1 && npm install --no-audit --no-fund deno@2.9.6 bun@1.4.5 node@24.21.0 >> install.log 2>&1
cat > server.mjs <<'JS'
let runs = 0
const respond = () => new Response(`${(runs += 1)}`)
if (globalThis.Deno) {
  Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) }, respond)
} else if (globalThis.Bun) {
  console.log(Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: respond }).port)
} else {
  const { createServer } = await import('node:http')
  const server = createServer((_request, response) => response.end(`${(runs += 1)}`))
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
}
JS
cat > Ask.java <<'JAVA'
import java.net.URI;
import java.net.http.*;
public class Ask {
  static int ask(HttpClient client, String url, String method, HttpRequest.BodyPublisher body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url)).method(method, body).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }
  static String both(HttpClient client, String url) throws Exception {
    var none = HttpRequest.BodyPublishers.noBody();
    return "GET " + ask(client, url, "GET", none) + " POST " + ask(client, url, "POST", HttpRequest.BodyPublishers.ofString("{}"));
  }
  public static void main(String[] url) throws Exception {
    var first = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    System.out.println("java " + both(HttpClient.newHttpClient(), url[0]) + ", java with HTTP_1_1 " + both(first, url[0]));
    System.exit(0);
  }
}
JAVA
seen=
for runtime in deno bun node; do
  if [ $runtime = deno ]; then start='run --allow-net'; else start=; fi
  # shellcheck disable=SC2086
  node_modules/.bin/$runtime $start server.mjs > port.txt 2> errors.log & server=$!
  until [ -s port.txt ]; do sleep 0.1; done
  url=http://127.0.0.1:$(cat port.txt)/
  java=$(java Ask.java "$url")
  get=$(curl -s --http2 -o /dev/null -w '%{http_code}' "$url")
  post=$(curl -s --http2 -o /dev/null -w '%{http_code}' -d '{}' "$url")
  seen+="$runtime: $java, curl GET $get POST $post, handler ran $(($(curl -s --http1.1 "$url") - 1)) times"$'\n'
  kill $server && wait $server 2> /dev/null || true
  rm port.txt
done
printf 'Guess:     200 for each.\nBehaviour:\n%s' "$seen"
all='java GET 200 POST 200, java with HTTP_1_1 GET 200 POST 200, curl GET 200 POST 200, handler ran 6 times'
[ "$seen" = "deno: java GET 400 POST 400, java with HTTP_1_1 GET 200 POST 200, curl GET 200 POST 400, handler ran 3 times
bun: $all
node: $all
" ] || { echo 'This has changed.'; exit 1; }
