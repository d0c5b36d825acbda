import type { DescService } from "@bufbuild/protobuf";
import { ServerReflection, ServerReflectionV1Alpha } from "@firstcome/contracts/reflection";
import { Code } from "../errors/code.ts";
import type { DuplexStream } from "./duplex-stream.ts";
import { implementPublic, type ServiceImplementation } from "./implement.ts";
import { ReflectionIndex } from "./reflection-index.ts";

/** grpc.reflection.v1, and v1alpha for older tools: both name and describe all of `services` and themselves. */
export function reflectionServices(services: readonly DescService[]): ServiceImplementation[] {
  const index = new ReflectionIndex([...services, ServerReflection, ServerReflectionV1Alpha]);
  return [
    implementPublic(ServerReflection, { serverReflectionInfo: (stream) => converse(stream, index) }),
    implementPublic(ServerReflectionV1Alpha, { serverReflectionInfo: (stream) => converse(stream, index) }),
  ];
}

async function converse<Q extends Request>(
  stream: DuplexStream<Q, Response<Q>>,
  index: ReflectionIndex,
): Promise<void> {
  for await (const request of stream) {
    const { host, messageRequest } = request;
    stream.write({
      validHost: host,
      originalRequest: request,
      messageResponse: answer(index, messageRequest),
    });
    await stream.drained();
  }
}

// The two versions of the protocol differ in nothing but their package.

interface Request {
  host: string;
  messageRequest: Question;
}

interface Response<Q> {
  validHost: string;
  originalRequest: Q;
  messageResponse: Answer;
}

type Question =
  | { case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices"; value: string }
  | { case: "fileContainingExtension"; value: { containingType: string; extensionNumber: number } }
  | { case: undefined; value?: undefined };

type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array<ArrayBuffer>[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

function answer(index: ReflectionIndex, question: Question): Answer {
  switch (question.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: index.services.map((name) => ({ name })) } };
    case "fileByFilename":
      return files(index.fileByName(question.value), question.value);
    case "fileContainingSymbol":
      return files(index.fileBySymbol(question.value), question.value);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      return files(index.fileByExtension(containingType, extensionNumber), `${containingType}:${extensionNumber}`);
    }
    case "allExtensionNumbersOfType": {
      const extensionNumber = index.extensionNumbers(question.value);
      if (!extensionNumber) return notFound(question.value);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: question.value, extensionNumber } };
    }
    case undefined:
      break;
  }
  return { case: "errorResponse", value: { errorCode: Code.UNIMPLEMENTED, errorMessage: "the request asks nothing" } };
}

function files(fileDescriptorProto: Uint8Array<ArrayBuffer>[] | undefined, wanted: string): Answer {
  return fileDescriptorProto ? { case: "fileDescriptorResponse", value: { fileDescriptorProto } } : notFound(wanted);
}

function notFound(wanted: string): Answer {
  return { case: "errorResponse", value: { errorCode: Code.NOT_FOUND, errorMessage: `not found: ${wanted}` } };
}
