import { type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** What reflection can be asked about a set of services, looked up beforehand. Descriptors are encoded once. */
export class ReflectionIndex {
  readonly services: readonly string[];
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #extensions = new Map<string, Map<number, DescFile>>();
  readonly #encoded = new Map<DescFile, Uint8Array<ArrayBuffer>>();

  constructor(services: readonly DescService[]) {
    this.services = services.map(({ typeName }) => typeName).toSorted();
    for (const { file } of services) this.#add(file);
  }

  fileByName(name: string): Uint8Array<ArrayBuffer>[] | undefined {
    return this.#withImports(this.#files.get(name));
  }

  fileBySymbol(name: string): Uint8Array<ArrayBuffer>[] | undefined {
    return this.#withImports(this.#symbols.get(name));
  }

  fileByExtension(extendee: string, number: number): Uint8Array<ArrayBuffer>[] | undefined {
    return this.#withImports(this.#extensions.get(extendee)?.get(number));
  }

  extensionNumbers(extendee: string): number[] | undefined {
    const numbers = this.#extensions.get(extendee);
    return numbers && [...numbers.keys()];
  }

  #add(file: DescFile): void {
    if (this.#files.has(file.proto.name)) return;
    this.#files.set(file.proto.name, file);
    this.#encoded.set(file, toBinary(FileDescriptorProtoSchema, file.proto));
    for (const type of nestedTypes(file)) {
      this.#symbols.set(type.typeName, file);
      if (type.kind === "service")
        for (const { name } of type.methods) this.#symbols.set(`${type.typeName}.${name}`, file);
      if (type.kind === "message") this.#addMembers(type, file);
      if (type.kind === "enum")
        for (const { name } of type.values) this.#symbols.set(`${parentOf(type.typeName)}${name}`, file);
      if (type.kind === "extension") this.#addExtension(type.extendee.typeName, type.number, file);
    }
    for (const imported of file.dependencies) this.#add(imported);
  }

  #addMembers(message: DescMessage, file: DescFile): void {
    for (const { name } of [...message.fields, ...message.oneofs])
      this.#symbols.set(`${message.typeName}.${name}`, file);
  }

  #addExtension(extendee: string, number: number, file: DescFile): void {
    const numbers = this.#extensions.get(extendee) ?? new Map<number, DescFile>();
    this.#extensions.set(extendee, numbers.set(number, file));
  }

  #withImports(file: DescFile | undefined): Uint8Array<ArrayBuffer>[] | undefined {
    if (!file) return undefined;
    const files = new Set([file]);
    // A set may grow while it is walked; what is added is walked too.
    for (const { dependencies } of files) for (const imported of dependencies) files.add(imported);
    return [...files].map((each) => this.#encoded.get(each) ?? new Uint8Array());
  }
}

/** An enum's values are named beside the enum, not inside it. */
function parentOf(typeName: string): string {
  return typeName.slice(0, typeName.lastIndexOf(".") + 1);
}
