// Prints buf/validate/validate.proto from the descriptor that ships inside @bufbuild/protovalidate, so that the rules
// our protos are compiled against are the very ones that the validator runs, and no second registry is needed.
//
// Only what a compiler needs is printed: messages, fields, enums, extensions. The validator's own rule definitions
// (options inside the file) stay in the package, which reads them from its own copy.
//
//   node scripts/print-validate-proto.mjs > proto/buf/validate/validate.proto
import { readFileSync } from "node:fs";
import { file_buf_validate_validate as file } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const SCALARS = ["", "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string"];
SCALARS.push("group", "", "bytes", "uint32", "", "sfixed32", "sfixed64", "sint32", "sint64");
const LABELS = { 1: "optional ", 2: "required ", 3: "repeated " };
const MAX_FIELD_NUMBER = 536870912;

const { dependencies } = JSON.parse(readFileSync(new URL("../packages/rpc/package.json", import.meta.url), "utf8"));
const lines = [
  `// Printed by scripts/print-validate-proto.mjs from @bufbuild/protovalidate ${dependencies["@bufbuild/protovalidate"]}. Do not edit.`,
  `syntax = "proto2";`,
  ``,
  `package ${file.proto.package};`,
  ``,
  ...file.proto.dependency.map((path) => `import "${path}";`),
  ``,
  ...extensions(file.proto.extension, ""),
  ...file.proto.enumType.flatMap((type) => enumeration(type, "")),
  ...file.proto.messageType.flatMap((type) => message(type, "")),
];
process.stdout.write(`${lines.join("\n").trimEnd()}\n`);

function message(type, indent) {
  const inner = `${indent}  `;
  const plain = type.field.filter((field) => !inOneof(field));
  return [
    `${indent}message ${type.name} {`,
    ...type.enumType.flatMap((nested) => enumeration(nested, inner)),
    ...type.nestedType.flatMap((nested) => message(nested, inner)),
    ...plain.map((field) => `${inner}${LABELS[field.label]}${declaration(field)}`),
    ...type.oneofDecl.flatMap((oneof, index) => [
      `${inner}oneof ${oneof.name} {`,
      ...type.field
        .filter((field) => inOneof(field) && field.oneofIndex === index)
        .map((field) => `${inner}  ${declaration(field)}`),
      `${inner}}`,
    ]),
    ...type.extensionRange.map(({ start, end }) =>
      end >= MAX_FIELD_NUMBER ? `${inner}extensions ${start} to max;` : `${inner}extensions ${start} to ${end - 1};`,
    ),
    ...type.reservedRange.map(({ start, end }) => `${inner}reserved ${start} to ${end - 1};`),
    `${indent}}`,
    ``,
  ];
}

function enumeration(type, indent) {
  return [
    `${indent}enum ${type.name} {`,
    ...type.value.map((value) => `${indent}  ${value.name} = ${value.number};`),
    `${indent}}`,
    ``,
  ];
}

function extensions(fields, indent) {
  return fields.flatMap((field) => [
    `${indent}extend ${field.extendee.slice(1)} {`,
    `${indent}  ${LABELS[field.label]}${declaration(field)}`,
    `${indent}}`,
    ``,
  ]);
}

function declaration(field) {
  return `${field.typeName ? field.typeName.slice(1) : SCALARS[field.type]} ${field.name} = ${field.number};`;
}

function inOneof(field) {
  return Object.hasOwn(field, "oneofIndex");
}
