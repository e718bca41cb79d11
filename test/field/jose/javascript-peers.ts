/** JOSE libraries from npm, besides `jose`, which this library uses. */

import { createHash, generateKeyPairSync } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'
import jsonwebtoken from 'jsonwebtoken'
import { KEYUTIL, KJUR } from 'jsrsasign'
import nodeJose from 'node-jose'
import {
  ES,
  type Job,
  type Minted,
  type Outcome,
  type Peer,
  PS,
  type PublicJwk,
  pemOf,
  RS,
} from './peers.ts'

type Members = Readonly<Record<string, unknown>>

/** How a library makes a key, signs with it, and verifies. */
interface Library {
  generate(alg: string, kid: string): Promise<Signer>
  /** Throws, rejects or returns `false` for a bad token. */
  verify(jwk: PublicJwk, alg: string, token: string): unknown
}

interface Signer {
  readonly public: PublicJwk | string
  readonly jkt?: string
  sign(header: Members, claims: Members): Promise<string>
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

export const JAVASCRIPT_PEERS: readonly Peer[] = [
  peer('jsonwebtoken', [...ES, ...RS, ...PS], {
    async generate(alg) {
      const { privateKey, publicPem } = generatePem(alg)
      return {
        public: publicPem,
        sign: async (header, claims) =>
          jsonwebtoken.sign(claims, privateKey, {
            algorithm: alg,
            header: { alg, ...header },
          } as never),
      }
    },
    verify: (jwk, alg, token) =>
      jsonwebtoken.verify(token, pemOf(jwk), { algorithms: [alg] as never }),
  }),
  peer('fast-jwt', [...ES, ...RS, ...PS, 'EdDSA'], {
    async generate(alg) {
      const { privateKey, publicPem } = generatePem(alg)
      const sign = async (header: Members, claims: Members): Promise<string> =>
        createSigner({ key: privateKey, algorithm: alg as never, header: { alg, ...header } })(
          claims as never,
        )
      return { public: publicPem, sign }
    },
    verify: (jwk, alg, token) =>
      createVerifier({ key: pemOf(jwk), algorithms: [alg as never] })(token),
  }),
  peer('node-jose', [...ES, ...RS, ...PS], {
    async generate(alg, kid) {
      const [kty, size] = alg in CURVES ? ['EC', CURVES[alg]] : ['RSA', 2048]
      const key = await nodeJose.JWK.createKey(kty as string, size as string, {
        alg,
        use: 'sig',
        kid,
      })
      const jkt = (await key.thumbprint('SHA-256')).toString('base64url')
      const sign = async (header: Members, claims: Members): Promise<string> =>
        String(
          await nodeJose.JWS.createSign(
            { format: 'compact', fields: header as never },
            { key, reference: false },
          )
            .update(JSON.stringify(claims))
            .final(),
        )
      return { public: key.toJSON() as PublicJwk, jkt, sign }
    },
    verify: async (jwk, alg, token) => {
      const key = await nodeJose.JWK.asKey(jwk as never)
      await nodeJose.JWS.createVerify(key, { algorithms: [alg] }).verify(token)
    },
  }),
  peer('jsrsasign', [...ES, ...RS, ...PS], {
    // Both numbers are as long as the longer one needs, not as long as the curve (RFC 7518 §3.4).
    isOdd: (alg, signature) => alg === 'ES512' && signature.length < 132,
    async generate(alg) {
      const { privateKey, publicPem } = generatePem(alg)
      const key = KEYUTIL.getKey(privateKey)
      // Its `kid` is the thumbprint.
      const jwk = KEYUTIL.getJWK(KEYUTIL.getKey(publicPem) as never) as PublicJwk
      const sign = async (header: Members, claims: Members): Promise<string> =>
        KJUR.jws.JWS.sign(
          alg,
          { alg, ...header, ...('kid' in header && { kid: jwk.kid }) },
          claims,
          key,
        )
      return { public: jwk, jkt: KJUR.jws.JWS.getJWKthumbprint(jwk as never), sign }
    },
    verify: (jwk, alg, token) =>
      KJUR.jws.JWS.verify(token, KEYUTIL.getKey(jwk as never) as never, [alg]),
  }),
]

function peer(
  name: string,
  algorithms: readonly string[],
  library: Library & Pick<Peer, 'isOdd'>,
): Peer {
  const { isOdd } = library
  return {
    name,
    isThere: true,
    algorithms,
    run: (job) => runJob(library, job),
    ...(isOdd && { isOdd }),
  }
}

async function runJob(library: Library, { algorithms, claims, cases }: Job): Promise<Outcome> {
  const minted: Minted[] = []
  for (const [index, alg] of algorithms.entries()) {
    minted.push(
      await mint(await library.generate(alg, `${alg}-${index}`), alg, `${alg}-${index}`, claims),
    )
  }
  const verified = await Promise.all(
    cases.map(async ({ jwk, alg, token }) => {
      try {
        return (await library.verify(jwk, alg, token)) !== false
      } catch {
        return false
      }
    }),
  )
  return { minted, verified }
}

async function mint(
  signer: Signer,
  alg: string,
  kid: string,
  claims: Job['claims'],
): Promise<Minted> {
  const head = { typ: 'at+jwt', kid }
  const minted = { alg, public: signer.public, token: await signer.sign(head, claims.token) }
  if (signer.jkt === undefined) return minted
  const bound = await signer.sign(head, { ...claims.token, cnf: { jkt: signer.jkt } })
  const ath = createHash('sha256').update(bound).digest('base64url')
  const proof = await signer.sign({ typ: 'dpop+jwt', jwk: signer.public }, { ...claims.proof, ath })
  return { ...minted, bound, proof }
}

function generatePem(alg: string): { readonly privateKey: string; readonly publicPem: string } {
  const encoding = {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  } as const
  const namedCurve = CURVES[alg]
  const { privateKey, publicKey } =
    namedCurve !== undefined
      ? generateKeyPairSync('ec', { namedCurve, ...encoding })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519', encoding)
        : generateKeyPairSync('rsa', { modulusLength: 2048, ...encoding })
  return { privateKey, publicPem: publicKey }
}
