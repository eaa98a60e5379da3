package io.tidegate.gateway.graphql;

import graphql.schema.GraphQLCompositeType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import graphql.schema.GraphQLUnionType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;

/**
 * A random subscription document as a tree, so that a part of it can be taken away. Aliases are made from the field that
 * they are for, so that what has the same name is the same field and is merged.
 */
final class RandomDocument {
    private static final int DEPTH_MAX = 8;
    private static final List<String> VARIABLES = List.of("a", "b", "c");

    private final List<Node> operations = new ArrayList<>();
    private final Map<String, Node> fragments = new LinkedHashMap<>();
    private final String chosen;

    /** A selection, or a definition: text and what it holds; a leaf holds null. */
    private static final class Node {
        private final String head;
        private final List<Node> inner;

        Node(String head, List<Node> inner) {
            this.head = head;
            this.inner = inner;
        }
    }

    private RandomDocument(String chosen) {
        this.chosen = chosen;
    }

    static RandomDocument over(GraphQLSchema schema, Random random) {
        return new Maker(schema, random).document();
    }

    /** The name of the operation to run; empty = the only one. */
    Optional<String> operationName() {
        return operations.size() == 1 && chosen.equals("Look")
                ? Optional.empty()
                : Optional.of(chosen);
    }

    /** Variables for it: those that the document declares with a default may be left out. */
    static Map<String, Object> variables(Random random) {
        var values = new LinkedHashMap<String, Object>();
        for (var name : VARIABLES) {
            if (name.equals("a") || random.nextInt(3) > 0) {
                values.put(name, random.nextBoolean());
            }
        }
        return values;
    }

    /** As text; fragments and variables that nothing uses are left out, as GraphQL demands. */
    String text() {
        var out = new StringBuilder();
        var spread = new LinkedHashSet<String>();
        for (var operation : operations) {
            var body = new StringBuilder();
            write(operation, body);
            var reached = new LinkedHashSet<String>();
            reach(body.toString(), reached);
            spread.addAll(reached);
            var whole = new StringBuilder(body);
            reached.forEach(name -> write(fragments.get(name), whole));
            var declared = new ArrayList<String>();
            for (var name : VARIABLES) {
                if (whole.indexOf("$" + name + ")") >= 0) {
                    declared.add("$" + name + ": " + switch (name) {
                        case "a" -> "Boolean!";
                        case "b" -> "Boolean! = true";
                        default -> "Boolean = false";
                    });
                }
            }
            out.append(body.toString().replaceFirst("\\{", declared.isEmpty()
                    ? "{"
                    : "(" + String.join(", ", declared).replace("$", "\\$") + ") {"));
        }
        spread.forEach(name -> write(fragments.get(name), out));
        return out.toString();
    }

    private void reach(String text, LinkedHashSet<String> reached) {
        fragments.forEach((name, fragment) -> {
            if (text.matches("(?s).*\\.\\.\\." + name + "\\b.*") && reached.add(name)) {
                var inner = new StringBuilder();
                write(fragment, inner);
                reach(inner.toString(), reached);
            }
        });
    }

    private static void write(Node node, StringBuilder out) {
        out.append(node.head);
        if (node.inner != null) {
            out.append(" {");
            node.inner.forEach(each -> write(each, out));
            out.append("}");
        }
        out.append(node.head.startsWith("fragment") || node.head.startsWith("subscription")
                ? "\n"
                : " ");
    }

    /** Takes parts away as long as what is left still does so. */
    void shrink(Predicate<String> stillFails) {
        boolean isSmaller = true;
        while (isSmaller) {
            isSmaller = false;
            if (operations.size() > 1) {
                var taken = operations.removeLast();
                isSmaller = stillFails.test(text());
                if (!isSmaller) {
                    operations.add(taken);
                }
            }
            for (var root : all()) {
                isSmaller |= shrink(root, stillFails);
            }
        }
    }

    private List<Node> all() {
        var all = new ArrayList<>(operations);
        all.addAll(fragments.values());
        return all;
    }

    private boolean shrink(Node node, Predicate<String> stillFails) {
        if (node.inner == null) {
            return false;
        }
        boolean isSmaller = false;
        for (int i = node.inner.size() - 1; i >= 0 && node.inner.size() > 1; i--) {
            var taken = node.inner.remove(i);
            if (stillFails.test(text())) {
                isSmaller = true;
            } else {
                node.inner.add(i, taken);
            }
        }
        for (var each : node.inner) {
            isSmaller |= shrink(each, stillFails);
        }
        return isSmaller;
    }

    /** Makes one document. */
    private static final class Maker {
        private final GraphQLSchema schema;
        private final Random random;
        private final RandomDocument document;
        private final Map<String, List<String>> fragmentsByType = new HashMap<>();
        private int budget;
        private int count;

        Maker(GraphQLSchema schema, Random random) {
            this.schema = schema;
            this.random = random;
            this.document = new RandomDocument(random.nextBoolean() ? "Watch" : "Look");
        }

        RandomDocument document() {
            operation(document.chosen);
            if (random.nextInt(5) == 0) {
                operation("Other");
            }
            return document;
        }

        private void operation(String name) {
            budget = 20 + random.nextInt(100);
            var type = schema.getSubscriptionType();
            var root = type.getFieldDefinitions().getFirst();
            var field = (random.nextInt(3) == 0 ? "r: " : "") + root.getName() + arguments();
            var selections = new ArrayList<Node>();
            // The same field once more, and within a fragment, is the same one field.
            for (int i = random.nextInt(4) == 0 ? 2 : 1; i > 0; i--) {
                var each = new Node(field, selections(composite(root), 1));
                selections.add(switch (random.nextInt(6)) {
                    case 0 -> new Node("...", List.of(each));
                    case 1 -> new Node("... on " + type.getName(), new ArrayList<>(List.of(each)));
                    case 2 -> spread(type.getName(), new ArrayList<>(List.of(each)));
                    default -> each;
                });
            }
            document.operations.add(new Node("subscription " + name, selections));
        }

        private String arguments() {
            var arguments = new ArrayList<String>();
            if (random.nextInt(4) == 0) {
                arguments.add("from: \"" + (random.nextBoolean() ? "earliest" : "latest") + "\"");
            }
            if (random.nextInt(6) == 0) {
                arguments.add("onSlow: wait");
            }
            if (random.nextInt(6) == 0) {
                arguments.add("where: {and: []}");
            }
            if (random.nextInt(8) == 0) {
                arguments.add("snapshot: false");
            }
            return arguments.isEmpty() ? "" : "(" + String.join(", ", arguments) + ")";
        }

        private Node spread(String type, List<Node> inner) {
            var name = "F" + count++;
            document.fragments.put(name, new Node("fragment " + name + " on " + type, inner));
            fragmentsByType.computeIfAbsent(type, ignored -> new ArrayList<>()).add(name);
            return new Node("..." + name, null);
        }

        private static GraphQLCompositeType composite(GraphQLFieldDefinition field) {
            return GraphQLTypeUtil.unwrapAll(
                    field.getType()) instanceof GraphQLCompositeType composite ? composite : null;
        }

        private List<Node> selections(GraphQLCompositeType type, int depth) {
            var nodes = new ArrayList<Node>();
            int most = 1 + random.nextInt(depth < 4 ? 8 : 4);
            for (int i = 0; i < most && budget > 0; i++) {
                budget--;
                nodes.add(selection(type, depth));
            }
            if (nodes.isEmpty()) {
                nodes.add(new Node("__typename", null));
            }
            return nodes;
        }

        private Node selection(GraphQLCompositeType type, int depth) {
            int kind = random.nextInt(12);
            if (kind == 0) {
                return new Node(alias("__typename") + "__typename" + directives(), null);
            }
            if (kind == 1 && depth < DEPTH_MAX) {
                return new Node("..." + directives(), selections(type, depth));
            }
            if (kind == 2) {
                return new Node("... on " + type.getName() + directives(), selections(type, depth));
            }
            if (kind == 3) {
                var known = fragmentsByType.get(type.getName());
                var spread = known == null || random.nextBoolean()
                        ? spread(type.getName(), selections(type, depth))
                        : new Node("..." + known.get(random.nextInt(known.size())), null);
                return new Node(spread.head + directives(), null);
            }
            if (type instanceof GraphQLUnionType union) {
                var members = union.getTypes();
                var member = (GraphQLObjectType) members.get(random.nextInt(members.size()));
                var inner = selections(member, depth);
                if (random.nextInt(6) == 0) {
                    // Within a member, a fragment on the union.
                    inner.add(new Node("... on " + union.getName(), selections(union, depth)));
                }
                return kind < 6
                        ? new Node(spread(member.getName(), inner).head + directives(), null)
                        : new Node("... on " + member.getName() + directives(), inner);
            }
            var fields = ((GraphQLObjectType) type).getFieldDefinitions();
            if (depth == 1 && random.nextBoolean()) {
                // Most of an event is its row.
                return field((GraphQLNamedType) type,
                        ((GraphQLObjectType) type).getFieldDefinition("value"), depth);
            }
            return field((GraphQLNamedType) type, fields.get(random.nextInt(fields.size())), depth);
        }

        private Node field(GraphQLNamedType parent, GraphQLFieldDefinition field, int depth) {
            var inner = composite(field);
            if (inner != null && depth >= DEPTH_MAX) {
                return new Node("__typename", null);
            }
            // Members of a union may have fields of one name and different types.
            var alias = isMember(parent) && random.nextInt(8) > 0
                    ? field.getName() + "_of_" + parent.getName() + ": "
                    : alias(field.getName());
            return new Node(alias + field.getName() + directives(),
                    inner == null ? null : selections(inner, depth + 1));
        }

        private boolean isMember(GraphQLNamedType type) {
            return schema.getAllTypesAsList().stream()
                    .anyMatch(each -> each instanceof GraphQLUnionType union
                            && union.getTypes().stream()
                                    .anyMatch(member -> member.getName().equals(type.getName())));
        }

        private String alias(String field) {
            return switch (random.nextInt(8)) {
                case 0 -> "x_" + field + ": ";
                case 1 -> "y_" + field + ": ";
                default -> "";
            };
        }

        private String directives() {
            var condition = switch (random.nextInt(6)) {
                case 0 -> "true";
                case 1 -> "false";
                default -> "$" + VARIABLES.get(random.nextInt(VARIABLES.size()));
            };
            return switch (random.nextInt(20)) {
                case 0 -> " @include(if: " + condition + ")";
                case 1 -> " @skip(if: " + condition + ")";
                case 2 -> " @skip(if: $a) @include(if: " + condition + ")";
                default -> "";
            };
        }
    }
}
