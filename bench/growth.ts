/** The targets that no table of the page shows, with figures that were measured one by one. */

export const GROWTH = `## Targets for growing users

Measured one by one on the same machine while it had other work, old and new build in turn in one process (processor time),
and not by the run that wrote the other tables. "Before" is the release candidate with 10,000 places and 16 MiB.
[Speed and memory as users grow](scale.md) has those over HTTP.

| target | result | |
| --- | --- | --- |
| 10,000 users in process, all places: as many times faster than jose (≥ 5) | ✓ 34 | Node |
| 10,000 users in process, a fifth of the places: beside jose (≥ 1) | ✓ 1.11 | Node |
| heap of a token of another user, beside before (≤ 0.55) | ✗ 0.55 to 0.56 | 804 to 817 of 1,460 bytes; with buffers outside of the heap 836 to 852 |
| heap of 50,000 users (≤ 48 MiB) | ✓ 38 MiB | after a forced collection |
| a token seen before, beside before (≤ 0.8) | ✗ 1.02 on Node, 0.84 on Bun | of 340 ns on Node, two \`headers.get\` take 70, the clock 38 and the promise 45 |
| 64 tokens in turn, beside one (≤ 1.3) | ✓ 1.18 | Node |
| 10,000 tokens in turn, beside before with 10,000 places (no target) | 1.31 on Node | tokens that are not hot are compared in two parts; the benchmark presents the very string that was cached, which the former cache compared by its address |
| \`protect\` on Node, beside an unguarded \`@hono/node-server\` (≥ 0.9) | not measured | undici's \`new Response\` takes 4.8 µs, \`new Request\` with its fields 3.3 µs; a signal that the constructor follows took another 1.7 µs and is made lazily now |
| a new token, beside the quickest peer (≤ 1.05) | ✗ up to 1.13 | not changed: see *Not seen before* |
| DPoP, beside one \`subtle.verify\` (≤ 1.15) | ✗ 1.12 to 1.55 | not changed: see *DPoP* |
| DPoP with Redis: requests per second of two processes beside one (≥ 1.6) | ✗ 0.88 | all 20,000 proofs, each sent twice at the same time, were accepted once; two servers, Redis and the load generator share two cores here |
| resident memory of 50,000 users beside a server without a cache (≤ 80 MiB more) | ✗ 158 MiB more | middleware beside \`hello\`: the heap has grown for verifying 50,000 tokens twice, and V8 keeps it |
| the middleware over HTTP, 100,000 users, 20,000 places: beside jose (≥ 0.95) | ✗ 0.86 | an entry is made for each token that is verified, before it is known that it gets no place |
| more than two processes | not measured | the machine has two cores |`
