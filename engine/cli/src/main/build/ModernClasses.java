import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodTransform;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Rewrites the classes of jars in place as classes of the running JDK, with stack maps and nothing
 * else changed. Run by './stepbox' while it builds: an AOT cache leaves out classes of Java 5, as
 * picocli's are, and a start then parses and verifies them anew each time.
 */
final class ModernClasses {

  private ModernClasses() {}

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar).toAbsolutePath());
    }
  }

  private static void rewrite(Path jar) throws IOException {
    URI archive = URI.create("jar:" + jar.toUri());
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
        FileSystem files = FileSystems.newFileSystem(archive, Map.of())) {
      ClassFile classFile =
          ClassFile.of(
              ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(loader)
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      for (Path name : classes(files)) {
        Files.write(name, modern(classFile, Files.readAllBytes(name)));
      }
    }
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

  /** Passing the code through without a change writes it anew, with stack maps. */
  private static byte[] modern(ClassFile classFile, byte[] bytes) {
    return classFile.transformClass(
        classFile.parse(bytes),
        ClassTransform.endHandler(made -> made.withVersion(ClassFile.latestMajorVersion(), 0))
            .andThen(
                ClassTransform.transformingMethods(
                    MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL))));
  }
}
