package io.tidegate.yaml;

import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * One YAML 1.2 document, read into {@link YamlNode}s from the parser's events, so that hostile text is refused before it
 * costs: the tree never grows beyond its bounds, and no tag makes an object.
 */
public final class YamlFile {
    /** Bytes of UTF-8. */
    public static final int SIZE_MAX = 1 << 20;
    /** Lists and mappings inside each other. */
    public static final int DEPTH_MAX = 50;
    /** Uses of anchors. */
    public static final int ALIASES_MAX = 50;
    /** Values, those that aliases repeat counted each time. */
    public static final int NODES_MAX = 200_000;

    private static final String CORE = "tag:yaml.org,2002:";
    private static final Set<String> CORE_TAGS = Set.of("str", "int", "float", "bool", "null",
            "map", "seq");

    private final String file;
    private final List<Problem> problems;
    private final Deque<Open> open = new ArrayDeque<>();
    private final Map<String, Anchored> anchors = new HashMap<>();
    private final Set<String> unfinished = new HashSet<>();
    private int nodes;
    private int aliases;
    private @Nullable YamlNode root;

    private YamlFile(String file, List<Problem> problems) {
        this.file = file;
        this.problems = problems;
    }

    /**
     * Reads a file.
     *
     * @param file
     *            as its user names it
     * @param problems
     *            gets what is wrong; the text's syntax ends the reading at its first error, a duplicate key does not
     * @return the document's value; empty if there is none that can be used
     */
    public static Optional<YamlNode> parse(String file, String text, List<Problem> problems) {
        // Some editors put a byte order mark in front, which is no part of the text.
        return new YamlFile(file, problems)
                .read(text.startsWith("\uFEFF") ? text.substring(1) : text);
    }

    /** Reads a file that has to hold a mapping. */
    public static Optional<YamlNode.Mapping> parseMapping(String file, String text,
            List<Problem> problems) {
        return parse(file, text, problems).flatMap(node -> {
            if (node instanceof YamlNode.Mapping mapping) {
                return Optional.of(mapping);
            }
            problems.add(Problem.error(node.place(), "wrong-type",
                    "the file should be a mapping of keys to values but is a " + node.kind()));
            return Optional.empty();
        });
    }

    private Optional<YamlNode> read(String text) {
        // The length in UTF-16 is never above the one in UTF-8, so a huge text is refused without encoding it.
        if (text.length() > SIZE_MAX
                || text.getBytes(StandardCharsets.UTF_8).length > SIZE_MAX) {
            problems.add(Problem.error(Place.of(file), "yaml-limit",
                    "the file is larger than 1 MiB: split it"));
            return Optional.empty();
        }
        var settings = LoadSettings.builder().setLabel(file).setUseMarks(true)
                .setCodePointLimit(SIZE_MAX + 1).build();
        int before = problems.size();
        try {
            var events = new Parse(settings).parseString(text).iterator();
            if (!take(events)) {
                return Optional.empty();
            }
        } catch (MarkedYamlEngineException e) {
            var mark = e.getProblemMark().or(e::getContextMark);
            problems.add(Problem.error(place(mark), "yaml-syntax", sentence(e)));
            return Optional.empty();
        } catch (ReaderException e) {
            problems.add(Problem.error(firstControl(text), "yaml-syntax",
                    "a control character or half a character stands here, which YAML does not allow: remove it"));
            return Optional.empty();
        } catch (YamlEngineException | IndexOutOfBoundsException | IllegalArgumentException e) {
            // The library's scanner throws the last two on some broken escapes and characters.
            problems.add(Problem.error(Place.of(file), "yaml-syntax",
                    "this is not YAML: " + oneLine(String.valueOf(e.getMessage()))));
            return Optional.empty();
        }
        if (root == null) {
            problems.add(Problem.error(new Place(file, 1, 1), "yaml-empty", "the file is empty"));
            return Optional.empty();
        }
        if (root instanceof YamlNode.Scalar scalar && scalar.isNull()) {
            problems.add(Problem.error(scalar.place(), "yaml-empty", "the file is empty"));
            return Optional.empty();
        }
        return problems.size() > before && problems.subList(before, problems.size()).stream()
                .anyMatch(problem -> problem.rule().equals("yaml-limit"))
                        ? Optional.empty()
                        : Optional.of(root);
    }

    /** Where the first character stands that no YAML file may hold; the library tells it only by its number. */
    private Place firstControl(String text) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            boolean isControl = c < ' ' && c != '\t' && c != '\n' && c != '\r';
            boolean isLater = c >= 0x7f && c < 0xa0 && c != 0x85;
            boolean isHalf = c >= 0xd800 && c < 0xe000;
            if (isControl || isLater || isHalf || c == 0xfffe || c == 0xffff) {
                return new Place(file, line, column);
            }
            if (c == '\n') {
                line++;
                column = 0;
            }
            column++;
        }
        return Place.of(file);
    }

    /** Takes all events; false if the text broke a bound, which ends the reading at once. */
    private boolean take(Iterator<Event> events) {
        int documents = 0;
        while (events.hasNext()) {
            var event = events.next();
            boolean fits = switch (event) {
                case DocumentStartEvent start -> ++documents == 1
                        || refuse(start, "yaml-limit",
                                "a second document begins here ('---'): keep one document a file");
                case AliasEvent alias -> alias(alias);
                case ScalarEvent scalar -> scalar(scalar);
                case CollectionStartEvent start -> start(start);
                case MappingEndEvent end -> end();
                case SequenceEndEvent end -> end();
                default -> true;
            };
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private boolean scalar(ScalarEvent event) {
        var place = place(event.getStartMark());
        if (!tagIsKnown(event, event.getTag())) {
            return false;
        }
        boolean text = !event.isPlain()
                || event.getTag().filter((CORE + "str")::equals).isPresent();
        var node = new YamlNode.Scalar(place, event.getValue(), text);
        event.getAnchor()
                .ifPresent(anchor -> anchors.put(anchor.getValue(), new Anchored(node, 1, 0)));
        return add(event, node, 1);
    }

    private boolean start(CollectionStartEvent event) {
        if (!tagIsKnown(event, event.getTag())) {
            return false;
        }
        if (open.size() >= DEPTH_MAX) {
            return refuse(event, "yaml-limit",
                    "lists and mappings are nested deeper than " + DEPTH_MAX);
        }
        if (!open.isEmpty() && open.peek().wantsKey()) {
            return refuse(event, "yaml-syntax", "a key has to be text, not a list or a mapping");
        }
        var anchor = event.getAnchor().map(a -> a.getValue()).orElse(null);
        if (anchor != null) {
            unfinished.add(anchor);
            anchors.remove(anchor);
        }
        open.push(new Open(place(event.getStartMark()), event instanceof MappingStartEvent, anchor,
                nodes));
        return true;
    }

    private boolean end() {
        var done = open.pop();
        YamlNode node = done.mapping
                ? new YamlNode.Mapping(done.place, done.entries)
                : new YamlNode.Sequence(done.place, done.items);
        int size = nodes - done.nodesBefore + 1;
        if (done.anchor != null) {
            unfinished.remove(done.anchor);
            anchors.put(done.anchor, new Anchored(node, size, done.height + 1));
        }
        if (!open.isEmpty()) {
            open.peek().height = Math.max(open.peek().height, done.height + 1);
        }
        return add(null, node, 1);
    }

    private boolean alias(AliasEvent event) {
        var name = event.getAnchor().map(anchor -> anchor.getValue()).orElse("");
        if (unfinished.contains(name)) {
            return refuse(event, "yaml-alias", "'*" + name + "' stands inside of what it repeats");
        }
        var anchored = anchors.get(name);
        if (anchored == null) {
            return refuse(event, "yaml-alias",
                    "'*" + name + "' repeats an anchor that is not there: no '&"
                            + name + "' stands above it");
        }
        if (++aliases > ALIASES_MAX) {
            return refuse(event, "yaml-limit",
                    "more than " + ALIASES_MAX + " aliases: write the values out");
        }
        if (open.size() + anchored.height > DEPTH_MAX) {
            return refuse(event, "yaml-limit",
                    "lists and mappings are nested deeper than " + DEPTH_MAX);
        }
        if (!open.isEmpty()) {
            open.peek().height = Math.max(open.peek().height, anchored.height);
        }
        return add(event, anchored.node, anchored.size);
    }

    private boolean add(@Nullable Event event, YamlNode node, int size) {
        nodes += size;
        if (nodes > NODES_MAX) {
            problems.add(Problem.error(node.place(), "yaml-limit",
                    "the file holds more than " + NODES_MAX + " values"));
            return false;
        }
        var parent = open.peek();
        if (parent == null) {
            root = node;
        } else if (!parent.mapping) {
            parent.items.add(node);
        } else if (!parent.wantsKey()) {
            parent.value(node);
        } else if (node instanceof YamlNode.Scalar key) {
            var place = event == null ? key.place() : place(event.getStartMark());
            var first = parent.entries.get(key.text());
            if (first != null) {
                problems.add(Problem.error(place, "duplicate-key", "key '" + key.shown()
                        + "' stands here a second time, first in line " + first.keyPlace().line()));
            }
            parent.key(key.text(), place, first != null);
        } else {
            problems.add(Problem.error(node.place(), "yaml-syntax",
                    "a key has to be text, not a list or a mapping"));
            return false;
        }
        return true;
    }

    private boolean tagIsKnown(NodeEvent event, Optional<String> tag) {
        if (tag.isEmpty() || tag.get().equals("!") || (tag.get().startsWith(CORE)
                && CORE_TAGS.contains(tag.get().substring(CORE.length())))) {
            return true;
        }
        return refuse(event, "yaml-tag", "tag '" + tag.get() + "' is not allowed: remove it");
    }

    private boolean refuse(Event event, String rule, String message) {
        problems.add(Problem.error(place(event.getStartMark()), rule, message));
        return false;
    }

    private Place place(Optional<Mark> mark) {
        return mark.map(at -> new Place(file, at.getLine() + 1, at.getColumn() + 1))
                .orElse(Place.of(file));
    }

    private static String sentence(MarkedYamlEngineException e) {
        var problem = e.getProblem() == null ? "" : oneLine(e.getProblem());
        var context = e.getContext() == null ? "" : oneLine(e.getContext());
        if (problem.contains("TAB")) {
            return "a tab stands where YAML wants spaces: indent with spaces";
        }
        if (problem.contains("mapping values are not allowed here")) {
            return "a ':' stands where no key can begin: put the value in quotes, or check the indentation";
        }
        return "this is not YAML: " + (context.isEmpty()
                ? problem
                : problem.isEmpty() ? context : context + ", " + problem);
    }

    private static String oneLine(String text) {
        var line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= 200 ? line : line.substring(0, 197) + "...";
    }

    /** A finished value with a name, the values in it, and the levels of lists and mappings in it. */
    private record Anchored(YamlNode node, int size, int height) {
    }

    /** A list or mapping whose end has not come yet. */
    private static final class Open {
        private final Place place;
        private final boolean mapping;
        private final @Nullable String anchor;
        private final int nodesBefore;
        private final List<YamlNode> items = new ArrayList<>();
        private final Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
        private int height;
        /** The key whose value comes next; null = a key comes next. */
        private @Nullable String key;
        private Place keyPlace;
        private boolean duplicate;

        private Open(Place place, boolean mapping, @Nullable String anchor, int nodesBefore) {
            this.place = place;
            this.keyPlace = place;
            this.mapping = mapping;
            this.anchor = anchor;
            this.nodesBefore = nodesBefore;
        }

        private boolean wantsKey() {
            return mapping && key == null;
        }

        private void key(String key, Place place, boolean duplicate) {
            this.key = key;
            this.keyPlace = place;
            this.duplicate = duplicate;
        }

        private void value(YamlNode value) {
            if (key != null && !duplicate) {
                entries.put(key, new YamlNode.Entry(keyPlace, value));
            }
            key = null;
        }
    }
}
