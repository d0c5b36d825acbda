import { create, createFileRegistry, type DescMessage } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldOptions_JSType as JsType,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

const GREATEST_FIELD_NUMBER = 2 ** 29 - 1;

/** A simple message with every kind of field that one may have, with and without a list or a oneof, near and far field numbers. */
export const everyKind: DescMessage = describeIt();

function describeIt(): DescMessage {
  const field = (name: string, number: number, type: Type, more: object = {}) => ({
    name,
    number,
    type,
    label: Label.OPTIONAL,
    ...more,
  });
  const list = (name: string, number: number, type: Type, more: object = {}) =>
    field(name, number, type, { label: Label.REPEATED, ...more });
  const ofChoice = { oneofIndex: 0 };
  const ofOther = { oneofIndex: 1 };
  const colour = { typeName: ".test.Colour" };
  const part = { typeName: ".test.Part" };
  const file = create(FileDescriptorProtoSchema, {
    name: "test/every_kind.proto",
    package: "test",
    syntax: "proto3",
    enumType: [
      {
        name: "Colour",
        value: [
          { name: "COLOUR_UNSPECIFIED", number: 0 },
          { name: "COLOUR_RED", number: 1 },
        ],
      },
    ],
    messageType: [
      { name: "Part", field: [field("text", 1, Type.STRING), list("numbers", 2, Type.UINT32)] },
      {
        name: "EveryKind",
        oneofDecl: [{ name: "some_choice" }, { name: "other" }],
        field: [
          field("flag", 1, Type.BOOL),
          field("int", 2, Type.INT32),
          field("whole", 3, Type.UINT32),
          field("long", 4, Type.INT64),
          field("long_text", 5, Type.INT64, { options: { jstype: JsType.JS_STRING } }),
          field("unsigned_long", 6, Type.UINT64),
          // Between other fields, as the order of the bytes is that of the numbers.
          field("chosen_number", 7, Type.UINT32, ofChoice),
          field("chosen_flag", 8, Type.BOOL, ofChoice),
          field("text", 15, Type.STRING),
          // From here on a tag takes two bytes.
          field("colour", 16, Type.ENUM, colour),
          field("part", 17, Type.MESSAGE, part),
          list("flags", 20, Type.BOOL),
          list("ints", 21, Type.INT32),
          list("unpacked", 22, Type.UINT32, { options: { packed: false } }),
          list("longs", 23, Type.INT64),
          list("texts", 24, Type.STRING),
          list("colours", 25, Type.ENUM, colour),
          list("parts", 26, Type.MESSAGE, part),
          field("chosen_text", 30, Type.STRING, ofChoice),
          field("chosen_part", 31, Type.MESSAGE, { ...part, ...ofChoice }),
          field("second_part", 32, Type.MESSAGE, { ...part, ...ofChoice }),
          field("chosen_colour", 33, Type.ENUM, { ...colour, ...ofChoice }),
          field("chosen_long", 34, Type.INT64, { ...ofChoice, options: { jstype: JsType.JS_STRING } }),
          field("other_text", 35, Type.STRING, ofOther),
          field("far", GREATEST_FIELD_NUMBER, Type.UINT32),
        ],
      },
    ],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const type = registry.getMessage("test.EveryKind");
  if (!type) throw new Error("the descriptor of the test message is broken");
  return type;
}
