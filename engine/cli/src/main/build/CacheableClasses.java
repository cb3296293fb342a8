import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
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
 *   <li>A switch over types asks a method of its own class instead of one that {@code
 *       SwitchBootstraps.typeSwitch} spins at run time: such classes are in no cache.
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
        if (model.majorVersion() < ClassFile.JAVA_7_VERSION || TypeSwitches.isIn(model)) {
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

  private static byte[] rewritten(ClassFile classFile, ClassModel model) {
    TypeSwitches switches = new TypeSwitches(model);
    return classFile.transformClass(
        model,
        ClassTransform.transformingMethods(MethodTransform.transformingCode(switches))
            .andThen(
                ClassTransform.endHandler(made -> {
                  made.withVersion(ClassFile.latestMajorVersion(), 0);
                  switches.addMethods(made);
                })));
  }

  /** Takes the place of calls that choose a case of a switch by the type of a value. */
  private static final class TypeSwitches implements CodeTransform {
    private static final String BOOTSTRAP = "typeSwitch";
    private static final ClassDesc OWNER = ClassDesc.of("java.lang.runtime.SwitchBootstraps");

    private final ClassModel model;
    private final List<Choice> choices = new ArrayList<>();

    /** A method that says which of the types, from a given one on, a value has. */
    private record Choice(String name, MethodTypeDesc type, List<ClassDesc> cases) {}

    TypeSwitches(ClassModel model) {
      this.model = model;
    }

    static boolean isIn(ClassModel model) {
      return model.methods().stream()
          .flatMap(method -> method.code().stream())
          .flatMap(code -> code.elementStream())
          .anyMatch(TypeSwitches::isTypeSwitch);
    }

    /** Only types as cases: a constant or a null among them is left to the JDK. */
    private static boolean isTypeSwitch(CodeElement element) {
      return element instanceof InvokeDynamicInstruction call
          && call.bootstrapMethod() instanceof DirectMethodHandleDesc bootstrap
          && bootstrap.owner().equals(OWNER)
          && bootstrap.methodName().equals(BOOTSTRAP)
          && call.bootstrapArgs().stream().allMatch(ClassDesc.class::isInstance);
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (!isTypeSwitch(element)) {
        code.with(element);
        return;
      }
      InvokeDynamicInstruction call = (InvokeDynamicInstruction) element;
      List<ClassDesc> cases = new ArrayList<>();
      for (ConstantDesc type : call.bootstrapArgs()) {
        cases.add((ClassDesc) type);
      }
      String name = "caseOf$" + choices.size();
      choices.add(new Choice(name, call.typeSymbol(), cases));
      boolean isInterface = (model.flags().flagsMask() & ClassFile.ACC_INTERFACE) != 0;
      code.invokestatic(model.thisClass().asSymbol(), name, call.typeSymbol(), isInterface);
    }

    void addMethods(ClassBuilder made) {
      int flags = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;
      for (Choice choice : choices) {
        made.withMethodBody(
            choice.name(), choice.type(), flags, code -> choose(code, choice.cases()));
      }
    }

    /** As {@code SwitchBootstraps.typeSwitch} has it: -1 for null, the number of cases for none. */
    private static void choose(CodeBuilder code, List<ClassDesc> cases) {
      Label present = code.newLabel();
      code.aload(0).ifnonnull(present).loadConstant(-1).ireturn().labelBinding(present);
      for (int index = 0; index < cases.size(); index++) {
        Label next = code.newLabel();
        code.iload(1).loadConstant(index).if_icmpgt(next);
        code.aload(0).instanceOf(cases.get(index)).ifeq(next);
        code.loadConstant(index).ireturn().labelBinding(next);
      }
      code.loadConstant(cases.size()).ireturn();
    }
  }
}
