/** The targets of gateways, with the figures of one run of `npm run bench -- gateway`. */

export const GATEWAY = `## Targets for gateways

Measured by \`npm run bench -- gateway\` on Node, while the machine had other work: processor time of the gateway is compared, not
requests per second. The subjects take turns; a figure is the median of three rounds.

| target | result | |
| --- | --- | --- |
| small answers, \`forward\` beside the same pass-through without a guard (≥ 0.9) | ✓ 1.04 | 184 and 191 µs per request: under a guard with fixed requirements, the handler gets a view of the request of Node; the other one constructs a \`Request\` |
| streams, \`forward\` beside the same pass-through without a guard (≥ 0.9) | ✓ 1.11 | 2.7 and 3.0 µs per event |
| small answers, \`forward\` beside http-proxy-3 (≥ 0.8) | ✗ 0.65 | 184 and 120 µs; a bare pipe of \`node:http\` takes 101, nginx 28: the fields of request and response are filtered, and the token is checked |
| streams, \`forward\` beside http-proxy-3 (≥ 1) | ✓ 1.04 | 2.7 and 2.8 µs per event; nginx takes 0.8 |
| streams of 10,000 events, ten at a time, uninterrupted | ✓ | each event is counted |
| an event later than without a gateway, median of 100 (≤ 1 ms) | ✓ 0.42 ms | 0.58 and 0.16 ms |
| 99th percentile, \`forward\` beside the same pass-through without a guard (≤ 1.3) | ✓ 0.89 | 124 and 139 ms with 50 connections on a busy machine |
| resident memory of an open stream, beside http-proxy-3 (≤ 1.2) | ✗ 1.32 | 77 and 58 kB with 500 streams as the first requests of the process, so that the first token is part of it; without a guard 55 |`
