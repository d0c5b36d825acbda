import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { ClientConfig } from "@firstcome/runtime";
import { ChannelCredentials, type ClientOptions, type VerifyOptions } from "@grpc/grpc-js";

/** Credentials for an address, and the channel options that go with them. Plain text without `tls`. */
export function secure(
  address: string,
  tls: ClientConfig["tls"],
): { credentials: ChannelCredentials; options: ClientOptions } {
  if (!tls) return { credentials: ChannelCredentials.createInsecure(), options: {} };
  const ip = ipOf(address);
  const credentials = ChannelCredentials.createSsl(
    readFileSync(tls.caFile),
    tls.keyFile === undefined ? null : readFileSync(tls.keyFile),
    tls.certFile === undefined ? null : readFileSync(tls.certFile),
    ip === undefined ? {} : identifiedByIp(ip),
  );
  return { credentials, options: ip === undefined ? {} : { "grpc.ssl_target_name_override": "ip.invalid" } };
}

// grpc-js names the server it wants by its address, and Node refuses to send an IP address as a name. So it sends another
// name, and the certificate is held against the IP address all the same.
function identifiedByIp(ip: string): VerifyOptions {
  return { checkServerIdentity: (_name, certificate) => checkServerIdentity(ip, certificate) };
}

/** "dns:///10.0.0.1:50051" → "10.0.0.1"; undefined for a name. */
function ipOf(address: string): string | undefined {
  const [, host = ""] = /([^/]*):\d+$/.exec(address) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) === 0 ? undefined : bare;
}
