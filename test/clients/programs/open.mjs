/** The browser of the clients: asks the scene to log in at each URL that it is given, and to visit the redirect. */
const url = process.argv.find((each) => each.startsWith('http'))
if (url !== undefined) await fetch(`${process.env.CONTROL}/visit`, { method: 'POST', body: url })
