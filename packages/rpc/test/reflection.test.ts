import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { create, createFileRegistry, fromBinary, getOption } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Role, rule } from "@firstcome/contracts/access";
import { CouponService, IssueOutcome } from "@firstcome/contracts/coupon";
import { ServerReflection, ServerReflectionV1Alpha } from "@firstcome/contracts/reflection";
import { describe, expect, it } from "vitest";
import { createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { collect, open, serve } from "./support/serve.ts";

const ALL_SERVICES = [
  "firstcome.coupon.v1.CouponService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

describe.each([ServerReflection, ServerReflectionV1Alpha])("$typeName", (version) => {
  // The two versions have the same messages under two names, which their types keep apart.
  const service = version as typeof ServerReflection;

  it("lists every service", async () => {
    const [response] = await ask({ case: "listServices", value: "*" });
    expect(response?.case === "listServicesResponse" && response.value.service.map(({ name }) => name)).toEqual(
      ALL_SERVICES,
    );
  });

  it.each([
    ["fileContainingSymbol", "firstcome.coupon.v1.CouponService"],
    ["fileContainingSymbol", "firstcome.coupon.v1.CouponService.IssueCoupon"],
    ["fileContainingSymbol", "firstcome.coupon.v1.IssueCouponRequest"],
    ["fileByFilename", "firstcome/coupon/v1/coupon_service.proto"],
  ] as const)("gives the file and all it imports for %s %s", async (how, value) => {
    const [response] = await ask({ case: how, value });
    const file = files(response).map(({ name }) => name);
    expect(file[0]).toBe("firstcome/coupon/v1/coupon_service.proto");
    expect(file).toContain("buf/validate/validate.proto");
    expect(new Set(file).size).toBe(file.length);
  });

  it("gives descriptors with their options, from which the whole service can be rebuilt", async () => {
    const [response] = await ask({ case: "fileContainingSymbol", value: "firstcome.coupon.v1.CouponService" });
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: importsFirst(files(response)) }));
    const rebuilt = registry.getService("firstcome.coupon.v1.CouponService");
    expect(rebuilt?.methods.map(({ name }) => name)).toEqual(CouponService.methods.map(({ name }) => name));
    const issue = rebuilt?.method["issueCoupon"];
    expect(issue && getOption(issue, rule).roles).toEqual([Role.USER, Role.SERVICE]);
  });

  it("finds extensions", async () => {
    const [byNumber, numbers] = await ask(
      {
        case: "fileContainingExtension",
        value: {
          $typeName: "grpc.reflection.v1.ExtensionRequest",
          containingType: "google.protobuf.MethodOptions",
          extensionNumber: rule.number,
        },
      },
      { case: "allExtensionNumbersOfType", value: "google.protobuf.MethodOptions" },
    );
    expect(files(byNumber)[0]?.name).toBe("firstcome/access/v1/access.proto");
    expect(numbers).toMatchObject({
      case: "allExtensionNumbersResponse",
      value: { baseTypeName: "google.protobuf.MethodOptions", extensionNumber: [rule.number] },
    });
  });

  it("answers what it does not know with an error and goes on", async () => {
    const responses = await ask(
      { case: "fileByFilename", value: "no/such.proto" },
      { case: undefined },
      { case: "listServices", value: "" },
    );
    expect(responses).toMatchObject([
      { case: "errorResponse", value: { errorCode: 5, errorMessage: "not found: no/such.proto" } },
      { case: "errorResponse", value: { errorCode: 12 } },
      { case: "listServicesResponse" },
    ]);
  });

  type Question = Parameters<
    ReturnType<ReturnType<typeof client>["serverReflectionInfo"]>["write"]
  >[0]["messageRequest"];
  type Answer = Awaited<ReturnType<typeof ask>>[number];

  function client(server: Awaited<ReturnType<typeof serve>>) {
    return createClient(service, open(server));
  }

  async function ask(...questions: NonNullable<Question>[]) {
    const stream = client(await serve([coupons({})])).serverReflectionInfo();
    for (const messageRequest of questions) stream.write({ messageRequest });
    stream.end();
    return (await collect(stream)).map(({ messageResponse }) => messageResponse);
  }

  function files(response: Answer | undefined) {
    if (response?.case !== "fileDescriptorResponse") throw new Error(`expected files, got ${response?.case}`);
    return response.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  }
});

describe("buf curl", () => {
  it("lists methods and calls them without any proto file", async () => {
    const server = await serve([
      coupons({
        async issueCoupon({ userId }) {
          return { outcome: IssueOutcome.ACCEPTED, issueNo: userId.length };
        },
      }),
    ]);
    const url = `http://${server.address}`;
    expect((await bufCurl("--list-services", url)).trim().split("\n")).toEqual(ALL_SERVICES);
    const answer = await bufCurl(
      "--data",
      '{"coupon_id": "42", "user_id": "mina"}',
      `${url}/firstcome.coupon.v1.CouponService/IssueCoupon`,
    );
    expect(JSON.parse(answer)).toEqual({ outcome: "ISSUE_OUTCOME_ACCEPTED", issueNo: 4 });
  });

  async function bufCurl(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)("buf", [
      "curl",
      "--protocol",
      "grpc",
      "--http2-prior-knowledge",
      ...args,
    ]);
    return stdout;
  }
});

/** A registry is built from files that come after all that they import. */
function importsFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const place = (file: FileDescriptorProto): void => {
    if (ordered.has(file)) return;
    for (const imported of files.filter(({ name }) => file.dependency.includes(name))) place(imported);
    ordered.add(file);
  };
  for (const file of files) place(file);
  return [...ordered];
}
