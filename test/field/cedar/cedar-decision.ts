import {
  type CedarValueJson,
  checkParsePolicySet,
  isAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import { deny, type OperationDecision } from 'mcp-gatehouse'

/** Decides by Cedar policies, in this process. */
export function cedarDecision(text: string): OperationDecision {
  const policies = { staticPolicies: text }
  const parsed = checkParsePolicySet(policies)
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join())
  return ({ method, name = '' }, auth, call) => {
    if (auth?.subject === undefined) return auth && deny('the token names no user')
    const answer = isAuthorized({
      principal: { type: 'User', id: `${auth.issuer}#${auth.subject}` },
      action: { type: 'Action', id: method },
      resource: { type: 'Item', id: name },
      context: {
        scopes: auth.scopes,
        arguments: (call.arguments() ?? {}) as CedarValueJson,
      },
      entities: [],
      policies,
    })
    // Cedar has neither null nor fractions, so it cannot decide about such arguments.
    if (answer.type === 'failure') return deny('arguments that Cedar cannot represent')
    // Cedar skips a policy that fails, a `forbid` too: the decision is then without it.
    const { decision, diagnostics } = answer.response
    if (diagnostics.errors.length > 0) throw new Error('A policy failed.')
    return decision === 'allow'
      ? undefined
      : deny(`denied by ${diagnostics.reason.join() || 'default'}`)
  }
}
