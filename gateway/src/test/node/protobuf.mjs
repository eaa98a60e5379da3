// A second opinion on files of Protobuf messages: protobufjs, with the names of the schema.
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { input, main, say } from './run.mjs';

// What is not set has the default that its declaration names, if it names one.
function complete(type, object) {
    for (const field of type.fieldsArray) {
        field.resolve();
        const value = object[field.name];
        if (value === undefined) {
            if (field.options?.default !== undefined && !field.repeated) {
                object[field.name] = field.resolvedType?.valuesById?.[field.defaultValue] ?? field.defaultValue;
            }
        } else if (field.resolvedType instanceof protobuf.Type && !field.map) {
            [value].flat().forEach((each) => complete(field.resolvedType, each));
        }
    }
    return object;
}

await main({
    async decode() {
        const root = await new protobuf.Root().load(input.schema, { keepCase: true });
        const type = root.lookupType(input.message);
        for (const file of input.files) {
            const message = type.decode(readFileSync(file));
            say({ message: complete(type, type.toObject(message, { longs: String, enums: String, bytes: String })) });
        }
    },
});
