/** The core entry: the functions of the main entry, with features as values. */

export {
  type CoreAccessTokenKind,
  type CoreAuthorizationServerOptions,
  type CoreResourceOptions,
  protectedResource,
} from './core-resource.ts'
export {
  audit,
  custom,
  dpop,
  introspection,
  mtls,
  operations,
  revocation,
  sessions,
} from './features/values.ts'
// biome-ignore lint/performance/noReExportAll: it has every function of the main entry but one.
export * from './index.ts'
export type { Binding, BindingCall, Evidence } from './resource/binding.ts'
export type {
  BindingFeature,
  Feature,
  OperationFeature,
  ResourceFeature,
  TokenFormatFeature,
} from './resource/feature.ts'
