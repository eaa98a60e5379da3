package io.tidegate.problem;

/**
 * Where in a file something stands.
 *
 * @param file
 *            as the user named it
 * @param line
 *            from 1; 0 = the file as a whole
 * @param column
 *            from 1; 0 = the line as a whole
 */
public record Place(String file, int line, int column) {
    public static Place of(String file) {
        return new Place(file, 0, 0);
    }

    @Override
    public String toString() {
        return line == 0
                ? file
                : column == 0 ? file + ":" + line : file + ":" + line + ":" + column;
    }
}
