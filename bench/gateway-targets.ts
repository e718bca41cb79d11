/** The targets of gateways, with the figures of `npm run bench -- gateway`. */

export const GATEWAY = `## Targets for gateways

Measured by \`npm run bench -- gateway\` on 2026-11-28, on Node 24.21.0 and two cores, while the machine had other work: what is
compared is the processor time of the gateway, not requests per second. The subjects take turns; a figure is the median of nine
rounds, for memory of three.

| target | result | |
| --- | --- | --- |
| small answers, \`forward\` beside the same pass-through without a guard (≥ 0.9) | ✓ 0.94 | 73.6 and 69.4 µs per request |
| streams, \`forward\` beside the same pass-through without a guard (≥ 0.9) | ✓ 0.99 | 1.23 and 1.22 µs per event |
| small answers, \`forward\` beside http-proxy-3 (≥ 0.8) | ✓ 0.94 | 73.6 and 69.4 µs; a bare pipe of \`node:http\` takes 65. With much other work on both cores, 0.81 |
| streams, \`forward\` beside http-proxy-3 (≥ 1) | ✓ 1.42 | 1.23 and 1.73 µs per event: events of one read are joined before Node frames them |
| streams of 10,000 events, ten at a time, uninterrupted | ✓ | each event is counted |
| an event later than without a gateway, median of 100 (≤ 1 ms) | ✓ 0.13 ms | 0.27 and 0.14 ms |
| 99th percentile, \`forward\` beside the same pass-through without a guard (≤ 1.3) | ✓ 1.13 | 111 and 98 ms with 50 connections on a busy machine; 84 and 114 ms in another run |
| resident memory of an open stream, beside http-proxy-3 (≤ 1.2) | ✓ 1.14 | 50.7 and 44.6 kB, with 1,000 streams in a new process; without a guard 46.1 |

In absolute figures, with nginx for comparison:

| gateway | small answers, µs of processor time | requests/s | streams, µs per event | events/s | kB per open stream |
| --- | --- | --- | --- | --- | --- |
| \`node:http\` pipe | 65 | 3,611 | 1.80 | 105,879 | 42 |
| \`forward\` | 74 | 3,211 | 1.23 | 101,911 | 51 |
| \`forward\`, no guard | 69 | 3,459 | 1.22 | 146,103 | 46 |
| http-proxy-3 | 69 | 5,118 | 1.73 | 72,464 | 45 |
| nginx | 20 | 7,454 | 0.52 | 107,247 | 18 |

Requests and events per second are those of a machine whose cores others used at the same time.`
