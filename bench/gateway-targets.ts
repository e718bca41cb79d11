/** The targets of gateways, with the figures of `npm run bench -- gateway`. */

export const GATEWAY = `## Targets for gateways

Measured by \`npm run bench -- gateway\` on 2026-11-29, on Node 24.21.0 and two cores. What is compared is the processor time of
the gateway, not requests per second. The subjects take turns in changing order; a figure is the median of 15 rounds, for streams of
45, for memory of three. Two runs followed each other; the figures are those of the first, and a ratio is given for both where they
differ.

| target | result | |
| --- | --- | --- |
| small answers, \`forward\` beside the same pass-through without a guard (≥ 0.9) | ✓ 0.95 | 54.6 and 52.1 µs per request; the second run 0.89 |
| streams, \`forward\` beside the same pass-through without a guard (≥ 0.9) | ✓ 0.98 | 1.35 and 1.33 µs per event; the second run 0.95 |
| small answers, \`forward\` beside http-proxy-3 (≥ 0.8) | ✓ 0.97 | 54.6 and 53.2 µs; a bare pipe of \`node:http\` takes 48. The second run 0.89 |
| streams, \`forward\` beside http-proxy-3 (≥ 1) | ✓ 1.24 | 1.35 and 1.68 µs per event: events of one read are joined before Node frames them |
| streams of 10,000 events, ten at a time, uninterrupted | ✓ | each event is counted |
| an event later than without a gateway, median of 100 (≤ 1 ms) | ✓ 0.09 ms | 0.13 and 0.04 ms |
| 99th percentile, \`forward\` beside the same pass-through without a guard (≤ 1.3) | ✓ 1.11 | 10 and 9 ms with 50 connections; the second run 10 and 8 ms |
| resident memory of an open stream, beside http-proxy-3 (≤ 1.2) | ✓ 1.07 | 49.0 and 45.7 kB, with 1,000 streams in a new process; without a guard 48.0 |

In absolute figures, with nginx for comparison:

| gateway | small answers, µs of processor time | requests/s | streams, µs per event | events/s | kB per open stream |
| --- | --- | --- | --- | --- | --- |
| \`node:http\` pipe | 48 | 19,208 | 1.63 | 497,623 | 42 |
| \`forward\` | 55 | 16,872 | 1.35 | 628,552 | 49 |
| \`forward\`, no guard | 52 | 17,656 | 1.33 | 650,671 | 48 |
| http-proxy-3 | 53 | 17,336 | 1.68 | 479,858 | 46 |
| nginx | 18 | 30,968 | 0.73 | 684,142 | 17 |
`
