import { deny, type OperationDecision, protectedResource } from 'mcp-gatehouse'

export const decide: OperationDecision = ({ method, name }, auth, call) => {
  if (method !== 'tools/call') return ['notes:read']
  if (name !== 'refund') return ['notes:write']
  if (auth === undefined) return ['refunds'] // for the challenge to a request without a token
  const { amount } = (call.arguments() ?? {}) as { amount?: unknown }
  if (typeof amount !== 'number' || amount > 100) return deny('refunds above 100 are made by hand')
  return decideByDuty(auth.subject)
}

async function decideByDuty(subject: string | undefined) {
  const isOnDuty = subject !== undefined // your query
  return isOnDuty ? ['refunds'] : deny('not on duty')
}

export const notes = protectedResource({
  resource: 'https://api.example.com/notes',
  authorizationServers: ['https://auth.example.com'],
  operations: decide,
})
