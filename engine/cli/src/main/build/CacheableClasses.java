import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodTransform;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Rewrites the classes of jars in place so that an AOT cache can keep all that they need. Run by
 * './stepbox' while it builds. What the classes do stays the same:
 *
 * <ul>
 *   <li>Classes of Java 5, as picocli's are, become classes of the running JDK, with stack maps: a
 *       cache leaves the old ones out, and a start then parses and verifies them anew.
 *   <li>A switch over types, and {@code equals} and {@code hashCode} of a record, ask a method of
 *       their own class instead of one that the JDK spins at run time: such classes are in no
 *       cache.
 * </ul>
 */
final class CacheableClasses {

  private CacheableClasses() {}

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar).toAbsolutePath());
    }
  }

  private static void rewrite(Path jar) throws IOException {
    URI archive = URI.create("jar:" + jar.toUri());
    try (URLClassLoader loader = loaderOf(jar.getParent());
        FileSystem files = FileSystems.newFileSystem(archive, Map.of())) {
      ClassFile classFile =
          ClassFile.of(
              ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(loader)
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      for (Path name : classes(files)) {
        ClassModel model = classFile.parse(Files.readAllBytes(name));
        if (model.majorVersion() < ClassFile.JAVA_7_VERSION || isSpun(model)) {
          Files.write(name, rewritten(classFile, model));
        }
      }
    }
  }

  /** Where the types are found that meet in a class of one of the jars. */
  private static URLClassLoader loaderOf(Path directory) throws IOException {
    List<URL> all = new ArrayList<>();
    try (Stream<Path> jars = Files.list(directory)) {
      for (Path jar : jars.toList()) {
        all.add(jar.toUri().toURL());
      }
    }
    return new URLClassLoader(all.toArray(URL[]::new));
  }

  private static List<Path> classes(FileSystem files) throws IOException {
    try (Stream<Path> all = Files.walk(files.getPath("/"))) {
      return all.filter(name -> name.toString().endsWith(".class"))
          .filter(name -> !name.startsWith("/META-INF") && !name.endsWith("module-info.class"))
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isSpun(ClassModel model) {
    return model.methods().stream()
        .flatMap(method -> method.code().stream())
        .flatMap(code -> code.elementStream())
        .anyMatch(element -> TypeSwitches.isOne(element) || RecordMethods.isOne(element));
  }

  private static byte[] rewritten(ClassFile classFile, ClassModel model) {
    TypeSwitches switches = new TypeSwitches(model);
    RecordMethods records = new RecordMethods(model);
    return classFile.transformClass(
        model,
        ClassTransform.transformingMethods(
                MethodTransform.transformingCode(switches.andThen(records)))
            .andThen(
                ClassTransform.endHandler(made -> {
                  made.withVersion(ClassFile.latestMajorVersion(), 0);
                  switches.addMethods(made);
                  records.addMethods(made);
                })));
  }
}
