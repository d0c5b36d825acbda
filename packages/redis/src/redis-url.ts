/** Where Redis is, as a URL says it. */
export type RedisPlace =
  /** One server, or one address that always leads to the primary. */
  | { readonly kind: "single"; readonly url: string }
  | ({ readonly kind: "cluster" } & Nodes)
  /** `nodes` are the sentinels; `group` is what they call the primary and its replicas. */
  | ({ readonly kind: "sentinel"; readonly group: string } & Nodes);

interface Nodes {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  /** Of the Redis servers. */
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** For people who have to set one. */
export const REDIS_URL_FORMS =
  "must be redis://host:port, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port " +
  "(rediss for TLS; user:password@ before the first host)";

/** @throws {TypeError} that says what is expected and nothing of what came, which may hold a password */
export function parseRedisUrl(url: string): RedisPlace {
  const [, secure, kind, login, hosts = "", path = ""] = FORM.exec(url) ?? malformed();
  if (!kind) return URL.parse(url)?.hostname ? { kind: "single", url } : malformed();
  const { username, password } = parsed(`redis://${login ?? ""}host`);
  const place: Nodes = {
    nodes: hosts.split(",").map((host) => nodeOf(host, kind === "sentinel" ? 26_379 : 6_379)),
    tls: secure === "s",
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
  };
  const group = decodeURIComponent(path.slice(1));
  if (kind === "cluster") return group ? malformed() : { kind, ...place };
  return group ? { kind: "sentinel", group, ...place } : malformed();
}

export function isRedisUrl(url: string): boolean {
  try {
    parseRedisUrl(url);
    return true;
  } catch {
    return false;
  }
}

const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/([^@/]*@)?([^/?#]*)(\/[^/?#]*)?(?:[/?#].*)?$/;

function nodeOf(text: string, defaultPort: number): { host: string; port: number } {
  const { hostname, port, username } = parsed(`redis://${text}`);
  if (!hostname || username) malformed();
  // Brackets belong to the URL, not to the address.
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || defaultPort) };
}

function parsed(url: string): URL {
  return URL.parse(url) ?? malformed();
}

function malformed(): never {
  throw new TypeError(`a Redis URL ${REDIS_URL_FORMS}`);
}
